/** The block `options`: its timeout counts, all else is taken and not acted upon. */
class OptionsBlock {
    Processes processes

    void timeout(Map named) { processes.limit(named) }

    def methodMissing(String name, Object arguments) { [:] }
}

/** The block `environment`: what the test has set stays, as a credential does. */
class EnvironmentBlock {
    Map known

    String credentials(String id) { "the credential ${id}" }

    def propertyMissing(String name) { known[name] }

    def propertyMissing(String name, Object value) { known.putIfAbsent(name, value.toString()) }
}

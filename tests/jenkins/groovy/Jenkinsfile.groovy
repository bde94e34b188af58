/** The words that a Jenkinsfile is written with. */
abstract class Jenkinsfile extends Script {
    static class Failed extends RuntimeException {
        Failed(String message) { super(message) }
    }

    Map<String, Object> env = new HashMap<>(System.getenv())
    Map<String, Object> params = [:]
    Processes processes = new Processes(env: env)
    String scm = 'scm'
    String result = 'SUCCESS'
    List<Closure> stages = []
    Map<String, Closure> endings = [:]

    def any = 'any'

    void pipeline(Closure body) {
        block(body)
        attempt('ABORTED') { stages.each { stage -> processes.within { stage() } } }
        String ended = result
        ['aborted': 'ABORTED', 'cleanup': ended].each { name, when ->
            if (when == ended && endings[name]) {
                attempt(ended) { processes.within { block(endings[name]) } }
            }
        }
        println("Finished: ${result}")
    }

    void agent(Object ignored) { }

    void parameters(Closure body) { delegated(new ParametersBlock(known: env, params: params), body) }

    /** Those of a stage hold for its steps; those of the pipeline for all that comes, `post` as well. */
    void options(Closure body) { delegated(new OptionsBlock(processes: processes), body) }

    void environment(Closure body) { delegated(new EnvironmentBlock(known: env), body) }

    void stages(Closure body) { block(body) }

    void stage(String name, Closure body) { stages << { println("[Pipeline] ${name}"); block(body) } }

    void steps(Closure body) { block(body) }

    void script(Closure body) { block(body) }

    void post(Closure body) { block(body) }

    void aborted(Closure body) { endings.aborted = body }

    void cleanup(Closure body) { endings.cleanup = body }

    void timeout(Map named, Closure body) { processes.within { processes.limit(named); block(body) } }

    void checkout(Object ignored) { }

    void echo(String text) { println(text) }

    void error(String text) { throw new Failed(text) }

    void sleep(int seconds) { processes.run("sleep ${seconds}", false) }

    boolean isUnix() { env.AGENT != 'windows' }

    boolean fileExists(String name) { new File(name).exists() }

    String readFile(String name) { new File(name).text }

    /** Who INPUT names clicks on `ok`; without it, somebody clicks on Abort. */
    String input(Map named) {
        println("[input] ${named.message} (${named.ok}, or Abort)")
        if (!env.INPUT) {
            throw new Processes.Aborted()
        }
        return env.INPUT
    }

    void writeFile(Map named) { new File(named.file).text = named.text }

    void archiveArtifacts(Map named) { println("Archiving ${named.artifacts}") }

    Object sh(Map named) { ended(named, named.script) }

    Object bat(Map named) {
        println("[bat] ${named.script}")
        ended(named, Batch.asShell(named.script))
    }

    protected Object ended(Map named, String script) {
        def (int status, String output) = processes.run(script, named.returnStdout as boolean)
        if (named.returnStatus) {
            return status
        }
        if (status != 0) {
            throw new Failed("script returned exit code ${status}")
        }
        return output
    }

    protected void attempt(String whenAborted, Closure body) {
        try {
            body()
        } catch (Processes.Aborted ignored) {
            result = whenAborted
        } catch (Failed failed) {
            result = result == 'SUCCESS' ? 'FAILURE' : result
            println("ERROR: ${failed.message}")
        }
    }

    protected static void delegated(Object delegate, Closure body) {
        body.delegate = delegate
        body.resolveStrategy = Closure.DELEGATE_FIRST
        body()
    }

    protected void block(Closure body) { delegated(this, body) }
}

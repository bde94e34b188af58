/**
 * Runs a declarative Jenkinsfile here: a stand-in for Jenkins, which cannot be had, with the steps that ours use.
 *
 * The Groovy, the shell and what it starts are real. An abort is what Jenkins does to a step: SIGTERM and, 5 seconds
 * later, SIGKILL; or, as on Windows, SIGKILL at once. It comes when a file `abort` or `abort-hard` appears.
 */
import java.util.concurrent.TimeUnit

class Aborted extends RuntimeException { }

class Failed extends RuntimeException {
    Failed(String message) { super(message) }
}

/** The block `environment`: what the test has set stays, as a credential does. */
class Environment {
    Map known

    String credentials(String id) { "the credential ${id}" }

    def propertyMissing(String name) { known[name] }

    def propertyMissing(String name, Object value) { known.putIfAbsent(name, value.toString()) }
}

/** The block `parameters`: what the test has set as PARAM_NAME, else the default. */
class Parameters {
    Map known
    Map params

    void string(Map named) { params[named.name] = known["PARAM_${named.name}".toString()] ?: named.defaultValue }

    void choice(Map named) { params[named.name] = known["PARAM_${named.name}".toString()] ?: named.choices[0] }
}

/** What a block such as `options` says, noted and not acted upon. */
class Noted {
    def methodMissing(String name, Object arguments) { [:] }

    def propertyMissing(String name) { name }
}

abstract class Jenkinsfile extends Script {
    static final int GRACE_SECONDS = 5

    Map<String, Object> env = new HashMap<>(System.getenv())
    Map<String, Object> params = [:]
    String scm = 'scm'
    String result = 'SUCCESS'
    List<Closure> stages = []
    Map<String, Closure> endings = [:]

    def any = 'any'

    void pipeline(Closure body) {
        block(body)
        try {
            stages.each { stage -> block(stage) }
        } catch (Aborted ignored) {
            result = 'ABORTED'
        } catch (Failed failed) {
            result = 'FAILURE'
            println("ERROR: ${failed.message}")
        }
        ['aborted': 'ABORTED', 'cleanup': result].each { name, when ->
            if (when == result && endings[name]) {
                block(endings[name])
            }
        }
        println("Finished: ${result}")
    }

    void agent(Object ignored) { }

    void parameters(Closure body) { delegated(new Parameters(known: env, params: params), body) }

    void options(Closure body) { delegated(new Noted(), body) }

    void environment(Closure body) { delegated(new Environment(known: env), body) }

    void stages(Closure body) { block(body) }

    void stage(String name, Closure body) { stages << { println("[Pipeline] ${name}"); block(body) } }

    void steps(Closure body) { block(body) }

    void script(Closure body) { block(body) }

    void post(Closure body) { block(body) }

    void aborted(Closure body) { endings.aborted = body }

    void cleanup(Closure body) { endings.cleanup = body }

    void checkout(Object ignored) { }

    void echo(String text) { println(text) }

    void error(String text) { throw new Failed(text) }

    void sleep(int seconds) { perform("sleep ${seconds}", false) }

    boolean isUnix() { true }

    boolean fileExists(String name) { new File(name).exists() }

    String readFile(String name) { new File(name).text }

    void writeFile(Map named) { new File(named.file).text = named.text }

    void archiveArtifacts(Map named) { println("Archiving ${named.artifacts}") }

    Object sh(Map named) {
        def (int status, String output) = perform(named.script, named.returnStdout as boolean)
        if (named.returnStatus) {
            return status
        }
        if (status != 0) {
            throw new Failed("script returned exit code ${status}")
        }
        return output
    }

    protected List perform(String script, boolean captured) {
        // A script that names its interpreter is run without the trace of its commands.
        String flags = script.startsWith('#!') ? '-e' : '-xe'
        ProcessBuilder builder = new ProcessBuilder('sh', flags, '-c', script)
        builder.redirectError(ProcessBuilder.Redirect.INHERIT)
        builder.environment().putAll(env.collectEntries { name, value -> [name, value.toString()] })
        Process process = builder.start()
        StringBuilder output = new StringBuilder()
        Thread reader = Thread.start {
            process.inputStream.eachLine { line ->
                captured ? output.append(line).append('\n') : println(line)
            }
        }
        boolean killed = false
        while (!process.waitFor(50, TimeUnit.MILLISECONDS)) {
            killed = killed || abortWanted(process)
        }
        reader.join()
        if (killed) {
            throw new Aborted()
        }
        return [process.exitValue(), output.toString()]
    }

    protected boolean abortWanted(Process process) {
        boolean hard = new File('abort-hard').delete()
        if (!hard && !new File('abort').delete()) {
            return false
        }
        List<ProcessHandle> all = process.descendants().toList() + process.toHandle()
        if (!hard) {
            println('Sending interrupt signal to process')
            all*.destroy()
            process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)
        }
        all*.destroyForcibly()
        return true
    }

    protected static void delegated(Object delegate, Closure body) {
        body.delegate = delegate
        body.resolveStrategy = Closure.DELEGATE_FIRST
        body()
    }

    protected void block(Closure body) { delegated(this, body) }
}

def compiler = new org.codehaus.groovy.control.CompilerConfiguration(scriptBaseClass: 'Jenkinsfile')
def shell = new GroovyShell(this.class.classLoader, new Binding(), compiler)
String text = new File(args[0]).text.replace('@NonCPS', '')
shell.evaluate(text)

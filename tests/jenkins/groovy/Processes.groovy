import java.util.concurrent.TimeUnit

/**
 * Runs what steps start, and ends it as Jenkins does when a build is aborted (a file `abort` appears) or a timeout
 * has run out: SIGTERM and, 5 seconds later, SIGKILL; on Windows (`abort-hard`) SIGKILL at once. What still begins
 * under a timeout that has run out is killed: Jenkins leaves it a minute.
 */
class Processes {
    static class Aborted extends RuntimeException { }

    static final int GRACE_SECONDS = 5

    Map env
    List<Map> limits = []

    /** The limits that are set meanwhile do not outlive it. */
    void within(Closure body) {
        List<Map> before = limits.collect()
        try {
            body()
        } finally {
            limits = before
        }
    }

    /** MINUTE_MILLISECONDS: how long a minute is to a test that has no time. */
    void limit(Map named) {
        assert named.unit == 'MINUTES'
        println("Timeout set to expire in ${named.time} min")
        long milliseconds = named.time * ((env.MINUTE_MILLISECONDS ?: '60000') as long)
        limits << [at: System.currentTimeMillis() + milliseconds, told: false]
    }

    /** The exit status, and the output when it is `captured`. */
    List run(String script, boolean captured) {
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
            killed = killed || isEnded(process)
        }
        reader.join()
        if (killed) {
            throw new Aborted()
        }
        return [process.exitValue(), output.toString()]
    }

    private boolean isEnded(Process process) {
        boolean hard = new File('abort-hard').delete() || limits.any { limit -> limit.told }
        Map over = limits.find { limit -> System.currentTimeMillis() > limit.at }
        if (!hard && !over && !new File('abort').delete()) {
            return false
        }
        over?.told = true
        List<ProcessHandle> all = process.descendants().toList() + process.toHandle()
        if (!hard) {
            println(over ? 'Cancelling nested steps due to timeout' : 'Sending interrupt signal to process')
            all*.destroy()
            process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)
        }
        all*.destroyForcibly()
        return true
    }
}

/**
 * Lines for cmd.exe, which is not here: a shell runs them. That is no test of cmd.exe. It shows that a `bat` step is
 * complete, and leans on nothing that the two read in different ways.
 */
class Batch {
    static String asShell(String script) {
        assert script.startsWith('@') : "cmd.exe would show the line itself: ${script}"
        String line = script.substring(1).replaceAll('%([A-Z_]+)%', '\\${$1}')
        String outside = line.replaceAll('"[^"]*"', '').replaceAll('\\$\\{[A-Z_]+\\}', '')
        assert outside.matches('[A-Za-z0-9 @=./_+>-]*') : "cmd.exe and sh differ about: ${script}"
        assert !script.matches('(?s).*[\'`$\\\\\n!^].*') : "cmd.exe and sh differ about: ${script}"
        return "#!\n${line}"
    }
}

/**
 * Runs a declarative Jenkinsfile here: a stand-in for Jenkins, which cannot be had, with the steps that ours use.
 *
 * The Groovy, the shell and what it starts are real. What is not: Jenkins itself, and the cmd.exe of a Windows agent,
 * whose lines a shell runs here (AGENT=windows; see Batch).
 */
import org.codehaus.groovy.control.CompilerConfiguration

CompilerConfiguration compiler = new CompilerConfiguration(scriptBaseClass: 'Jenkinsfile')
GroovyShell shell = new GroovyShell(this.class.classLoader, new Binding(), compiler)
shell.evaluate(new File(args[0]).text.replace('@NonCPS', ''))

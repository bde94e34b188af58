/** The block `parameters`: what the test has set as PARAM_NAME, else the default. */
class ParametersBlock {
    Map known
    Map params

    void string(Map named) { params[named.name] = known["PARAM_${named.name}".toString()] ?: named.defaultValue }

    void booleanParam(Map named) { params[named.name] = known["PARAM_${named.name}".toString()] == 'true' }

    void choice(Map named) { params[named.name] = known["PARAM_${named.name}".toString()] ?: named.choices[0] }
}

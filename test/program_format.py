"""A test format for C programs: the source is found in the test's folder, the
program beside where the test runs; it passes with exit status 0."""
import os

import lit.formats
import lit.Test
import lit.util


class ProgramTest(lit.formats.FileBasedTest):
    def __init__(self, ending):
        self.ending = ending

    def getTestsInDirectory(self, suite, path_in_suite, lit_config,
                            local_config):
        folder = suite.getSourcePath(path_in_suite)
        for name in sorted(os.listdir(folder)):
            if name.endswith(self.ending):
                yield lit.Test.Test(suite, path_in_suite + (name,),
                                    local_config)

    def execute(self, test, lit_config):
        if test.config.have_mpfr != 'yes':
            with open(test.getSourcePath()) as source:
                if '<mpfr.h>' in source.read():
                    return lit.Test.UNSUPPORTED, 'needs mpfr'
        program = test.getExecPath()[:-len('.c')]
        if not os.path.exists(program):
            return lit.Test.FAIL, f'{program} has not been built'
        out, err, status = lit.util.executeCommand(
            [program], env=test.config.environment,
            cwd=os.path.dirname(program))
        result = lit.Test.PASS if status == 0 else lit.Test.FAIL
        return result, out + err

/* python.exe for the python311.dll beside it; -municode hands over the arguments as Windows has them. */
#include <stddef.h>
extern int Py_Main(int, wchar_t **);
int wmain(int argc, wchar_t **argv) { return Py_Main(argc, argv); }

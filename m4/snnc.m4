# SNNC_MISSING(WHAT, DEBIAN PACKAGE): end with what is missing.
AC_DEFUN([SNNC_MISSING],
[AC_MSG_ERROR([$1 is missing. On Debian: apt-get install $2])])

# SNNC_NEED_PROG(VARIABLE, PROGRAM, DEBIAN PACKAGE)
AC_DEFUN([SNNC_NEED_PROG],
[AC_CHECK_PROGS([$1], [$2], [])
AS_IF([test -z "$$1"], [SNNC_MISSING([$2], [$3])])])

# SNNC_NEED_VERSION(NAME, COMMAND, MINIMUM, DEBIAN PACKAGE): the last word of
# the command's first line is a version that must reach the minimum.
AC_DEFUN([SNNC_NEED_VERSION],
[AC_MSG_CHECKING([for the version of $1])
snnc_version=`$2 | sed -n '1s/.* //p'`
AC_MSG_RESULT([$snnc_version])
AS_VERSION_COMPARE([$snnc_version], [$3],
    [AC_MSG_ERROR([$1 is $snnc_version, at least $3 is needed (Debian: $4)])])])

# SNNC_CHECK_CFLAG(FLAG, IF KNOWN, IF NOT)
AC_DEFUN([SNNC_CHECK_CFLAG],
[AC_MSG_CHECKING([whether $CC knows $1])
snnc_cflags=$CFLAGS
CFLAGS="$CFLAGS $1"
AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
    [CFLAGS=$snnc_cflags
     AC_MSG_RESULT([yes])
     $2],
    [CFLAGS=$snnc_cflags
     AC_MSG_RESULT([no])
     $3])])

# SNNC_LLVM(OLDEST): LLVM_CONFIG, LLVM_VERSION, LLVM_CPPFLAGS, LLVM_LIBS, and
# the test tools FILECHECK and LIT of the same LLVM.
AC_DEFUN([SNNC_LLVM],
[AC_ARG_WITH([llvm-config],
    AS_HELP_STRING([--with-llvm-config=PROGRAM],
                   [the llvm-config of the LLVM to use, $1 or newer]),
    [], [with_llvm_config=])
snnc_old=
AC_MSG_CHECKING([for LLVM $1 or newer])
for snnc_try in ${with_llvm_config:-llvm-config-22 llvm-config-21 \
                llvm-config-20 llvm-config-19 llvm-config}; do
    snnc_version=`$snnc_try --version 2>/dev/null` || continue
    AS_IF([test "${snnc_version%%.*}" -ge $1 2>/dev/null], [],
        [snnc_old="$snnc_old $snnc_try is LLVM $snnc_version."; continue])
    AS_IF([test -f "`$snnc_try --includedir`/llvm-c/Core.h"], [],
        [snnc_old="$snnc_old $snnc_try has no headers."; continue])
    LLVM_CONFIG=$snnc_try
    LLVM_VERSION=$snnc_version
    break
done
AC_MSG_RESULT([${LLVM_CONFIG:-no}])
AS_IF([test -z "$LLVM_CONFIG"],
    [AS_IF([test -n "$with_llvm_config"],
        [AC_MSG_ERROR([$with_llvm_config is not the llvm-config of LLVM $1 dnl
or newer.$snnc_old On Debian: apt-get install llvm-$1-dev])],
        [AC_MSG_ERROR([LLVM $1 or newer is missing.$snnc_old On Debian: dnl
apt-get install llvm-$1-dev])])])

LLVM_CPPFLAGS="-isystem `$LLVM_CONFIG --includedir`"
snnc_libdir=`$LLVM_CONFIG --libdir`
LLVM_LIBS="-L$snnc_libdir `$LLVM_CONFIG --link-shared --libs 2>/dev/null`"
AS_IF([$LLVM_CONFIG --link-shared --libs >/dev/null 2>&1],
    [AS_CASE([$snnc_libdir], [/usr/*], [],
        [LLVM_LIBS="$LLVM_LIBS -Wl,-rpath,$snnc_libdir"])],
    [LLVM_LIBS="-L$snnc_libdir `$LLVM_CONFIG --link-static --libs all` dnl
`$LLVM_CONFIG --link-static --system-libs` -lstdc++"])
AC_MSG_CHECKING([whether LLVM links])
snnc_libs=$LIBS
snnc_cppflags=$CPPFLAGS
LIBS="$LLVM_LIBS $LIBS"
CPPFLAGS="$CPPFLAGS $LLVM_CPPFLAGS"
AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <llvm-c/Core.h>]],
                                [[return !LLVMContextCreate();]])],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     SNNC_MISSING([the library of LLVM $LLVM_VERSION],
                  [llvm-${LLVM_VERSION%%.*}-dev])])
LIBS=$snnc_libs
CPPFLAGS=$snnc_cppflags

snnc_bindir=`$LLVM_CONFIG --bindir`
snnc_prefix=`$LLVM_CONFIG --prefix`
AC_PATH_PROGS([FILECHECK], [FileCheck FileCheck-${LLVM_VERSION%%.*}], [],
    [$snnc_bindir])
AC_MSG_CHECKING([for lit])
for snnc_try in "$snnc_bindir/lit" "$snnc_bindir/llvm-lit" \
    "$snnc_prefix/build/utils/lit/lit.py" \
    /usr/lib/llvm-*/build/utils/lit/lit.py `command -v lit`; do
    AS_IF([test -f "$snnc_try"], [LIT=$snnc_try; break])
done
AC_MSG_RESULT([${LIT:-no}])
AS_IF([test -z "$FILECHECK" || test -z "$LIT"],
    [AC_MSG_WARN([FileCheck or lit is missing (Debian package dnl
llvm-${LLVM_VERSION%%.*}-tools): make check will not work])])
AC_SUBST([LLVM_CONFIG])
AC_SUBST([LLVM_VERSION])
AC_SUBST([LLVM_CPPFLAGS])
AC_SUBST([LLVM_LIBS])
AC_SUBST([LIT])])

# SNNC_FOREIGN_ZLIB(PREFIX, COMPILER): does the foreign compiler have zlib?
# Sets PREFIX_LIBS and PREFIX_CPPFLAGS.
AC_DEFUN([SNNC_FOREIGN_ZLIB],
[AC_MSG_CHECKING([for a zlib of $1])
$1_CPPFLAGS=-DSNN_NO_ZLIB
$1_LIBS=
AS_IF([test -n "$2" && echo '#include <zlib.h>
int main(void) { return zlibVersion() == 0; }' > conftest.c &&
    $2 conftest.c -lz -o conftest.foreign >/dev/null 2>&1],
    [$1_CPPFLAGS=; $1_LIBS=-lz
     AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])])
rm -f conftest.c conftest.foreign
AC_SUBST([$1_LIBS])
AC_SUBST([$1_CPPFLAGS])])

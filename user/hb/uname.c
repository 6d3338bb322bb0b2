// SPDX-License-Identifier: MIT
// user/hb/uname.c - which system this is.
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "user/hb/applet.h"
#include "user/lib/fail.h"
#include "user/lib/option.h"

int uname_main(int argc, char **argv)
{
    char chosen[16] = "";
    int letter;
    while ((letter = option_next(argc, argv, "amnrsv")) != -1) {
        strcat(chosen, letter == 'a' ? "mnrsv" : (char[]){(char)letter, '\0'});
        if (strlen(chosen) > 8) {
            return misuse("once will do");
        }
    }
    struct utsname name;
    if (uname(&name) < 0) {
        return failed("uname");
    }
    const char *letters = "snrvm";
    const char *values[] = {name.sysname, name.nodename, name.release, name.version, name.machine};
    const char *space = "";
    for (unsigned i = 0; letters[i] != '\0'; i++) {
        if (strchr(chosen[0] != '\0' ? chosen : "s", letters[i]) != NULL) {
            printf("%s%s", space, values[i]);
            space = " ";
        }
    }
    putchar('\n');
    return 0;
}

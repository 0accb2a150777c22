/* Line templates, rules and texts from outside: refused with file and line, or taken; never a crash.
 * The first byte chooses the kind of file. */
#include <stdlib.h>

#include "flow/doctor/knowledge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a.lines", "a.rules", "findings/en/AB-01.txt",
                                        "messages/en.txt"};
    struct knowledge k;
    struct conf_error err = {.line = 0};
    if (size == 0) {
        return 0;
    }
    if (knowledge_init(&k) != ERR_OK) {
        abort();
    }
    struct str name = str_z(names[data[0] % 4]);
    struct str text = str_of((const char *)data + 1, size - 1);
    enum err e = knowledge_add(&k, name, text, &err);
    if (e == ERR_MALFORMED && (err.what[0] == 0 || !str_eq(err.file, name))) {
        abort();
    }
    /* What was taken can be matched by, and gives no surprise. */
    if (e == ERR_OK && data[0] % 4 == 0) {
        struct template_match m;
        (void)lines_match(k.lines, STR("voice"), text, &m);
        (void)lines_match(k.lines, str_of(NULL, 0), text, &m);
    }
    knowledge_clear(&k);
    return 0;
}

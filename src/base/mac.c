/* Reading and writing MAC addresses. */
#include "base/mac.h"

bool mac_read(struct str s, struct mac *ret_mac)
{
    if (str_istarts(s, STR("SEP"))) {
        s = str_from(s, 3);
    }
    struct mac m = {{0}};
    size_t digits = 0;
    char sep = 0;
    size_t group = 0; /* digits between separators, set by the first one */
    size_t since = 0; /* digits since the last separator */
    for (size_t i = 0; i < s.len; i++) {
        int d = ascii_hex(s.p[i]);
        if (d >= 0) {
            if (digits == 12) {
                return false;
            }
            m.b[digits / 2] = (uint8_t)(m.b[digits / 2] << 4 | d);
            digits++;
            since++;
            continue;
        }
        char c = s.p[i];
        if ((c != ':' && c != '-' && c != '.') || (sep && c != sep)) {
            return false;
        }
        if (group == 0) {
            group = since;
        }
        if ((group != 2 && group != 4) || since != group || digits == 12) {
            return false;
        }
        sep = c;
        since = 0;
    }
    if (digits != 12 || (group && since != group)) {
        return false;
    }
    *ret_mac = m;
    return true;
}

void mac_write(struct mac m, char ret_text[MAC_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 6; i++) {
        ret_text[3 * i] = digits[m.b[i] >> 4];
        ret_text[3 * i + 1] = digits[m.b[i] & 15];
        ret_text[3 * i + 2] = i < 5 ? ':' : '\0';
    }
}

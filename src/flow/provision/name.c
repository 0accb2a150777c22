/* Names of configurations and of phones. */
#include "flow/provision/name.h"

enum { KEY_LEAST = 16, KEY_MOST = 64, MODEL_MOST = 39 };

static bool is_word(struct str s, bool underscore)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_alnum(s.p[i]) && s.p[i] != '-' && !(underscore && s.p[i] == '_')) {
            return false;
        }
    }
    return s.len > 0;
}

/* Takes ".xml" or ".cfg" off, in any case. */
static bool without_end(struct str *s)
{
    struct str end = s->len > 4 ? str_from(*s, s->len - 4) : str_of(NULL, 0);
    if (!str_ieq(end, STR(".xml")) && !str_ieq(end, STR(".cfg"))) {
        return false;
    }
    s->len -= 4;
    return true;
}

/* Below "/Cisco/": an optional folder of the model, then the MAC. */
static bool folder_read(struct str rest, struct provision_name *n)
{
    size_t slash = str_chr(rest, '/');
    if (slash != STR_NPOS) {
        n->word = str_head(rest, slash);
        rest = str_from(rest, slash + 1);
        if (!is_word(n->word, false) || n->word.len > MODEL_MOST) {
            return false;
        }
    }
    n->kind = PROVISION_NAME_MAC;
    return without_end(&rest) && mac_read(rest, &n->mac);
}

bool provision_name_read(struct str path, struct provision_name *ret_name)
{
    struct provision_name n = {.kind = PROVISION_NAME_ROOT};
    struct str rest = path.len && path.p[0] == '/' ? str_from(path, 1) : path;
    if (str_istarts(rest, STR("Cisco/"))) {
        bool ok = folder_read(str_from(rest, 6), &n);
        *ret_name = n;
        return ok;
    }
    if (rest.len > 0) {
        bool ended = without_end(&rest);
        n.word = rest;
        if (mac_read(rest, &n.mac)) {
            n.kind = PROVISION_NAME_MAC;
        } else if (ended && is_word(rest, false) && rest.len <= MODEL_MOST) {
            n.kind = PROVISION_NAME_MODEL;
        } else if (!ended && is_word(rest, true) && rest.len >= KEY_LEAST && rest.len <= KEY_MOST) {
            n.kind = PROVISION_NAME_KEY;
        } else {
            return false;
        }
    }
    *ret_name = n;
    return true;
}

void provision_agent_read(struct str value, struct provision_agent *ret_agent)
{
    *ret_agent = (struct provision_agent){.has_mac = false};
    if (!str_istarts(value, STR("Cisco-"))) {
        return;
    }
    struct str rest = str_from(value, 6);
    struct str product = str_word(&rest);
    ret_agent->model = str_cut(&product, '/');
    ret_agent->firmware = product;
    rest = str_trim(rest);
    if (rest.len > 2 && rest.p[0] == '(' && rest.p[rest.len - 1] == ')') {
        ret_agent->has_mac = mac_read(str_of(rest.p + 1, rest.len - 2), &ret_agent->mac);
    }
}

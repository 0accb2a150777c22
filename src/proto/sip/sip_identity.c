/* What a phone tells about itself in Session-ID (RFC 7989) and User-Agent. */
#include "proto/sip/sip_identity.h"

#include "proto/sip/sip_param.h"

enum { SESSION_LEN = 32, MAC_LEN = 12, UUID_LEN = 36 };

static bool is_hex(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (ascii_hex(s.p[i]) < 0) {
            return false;
        }
    }
    return s.len > 0;
}

bool sip_session_read(struct str value, struct sip_session *ret_session)
{
    struct sip_param remote = {0};
    struct str local = str_trim(str_head(value, str_chr(value, ';')));
    if (local.len != SESSION_LEN || !is_hex(local)) {
        return false;
    }
    size_t params = str_chr(value, ';');
    bool found = params != STR_NPOS &&
                 sip_param_find(str_from(value, params), STR("remote"), &remote) &&
                 remote.value.len == SESSION_LEN && is_hex(remote.value);
    *ret_session = (struct sip_session){local, found ? remote.value : str_of(NULL, 0)};
    return true;
}

bool sip_session_mac(struct str half, struct mac *ret_mac)
{
    static const struct str mark = STR_INIT("00105000a000");
    if (half.len != SESSION_LEN || !is_hex(half)) {
        return false;
    }
    struct str middle = str_of(half.p + SESSION_LEN - MAC_LEN - mark.len, mark.len);
    return str_ieq(middle, mark) && mac_read(str_from(half, SESSION_LEN - MAC_LEN), ret_mac);
}

/* 8-4-4-4-12 hexadecimal digits (RFC 9562 4). */
static bool is_uuid(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.p[i] != '-' : ascii_hex(s.p[i]) < 0) {
            return false;
        }
    }
    return s.len == UUID_LEN;
}

/* "00005e00-5301-...": the first two groups are the MAC when the rest is that of the other UUID. */
static bool uuid_mac(struct str first, struct str last, struct sip_agent *a)
{
    char digits[MAC_LEN];
    if (!is_uuid(first) || !is_uuid(last) || !str_ieq(str_from(first, 13), str_from(last, 13)) ||
        str_ieq(str_head(first, 13), str_head(last, 13))) {
        return false;
    }
    memcpy(digits, last.p, 8);
    memcpy(digits + 8, last.p + 9, 4);
    a->mac_text = str_head(last, 13);
    return mac_read(str_of(digits, MAC_LEN), &a->mac);
}

static bool plain_mac(struct str s, struct sip_agent *a)
{
    if (s.len < MAC_LEN || !mac_read(s, &a->mac)) {
        return false;
    }
    a->mac_text = s;
    return true;
}

/* "_MAC_UUID_UUID": a MAC in clear wins over one taken out of the UUIDs. */
static void pieces_take(struct str rest, struct sip_agent *a)
{
    struct str before = {NULL, 0};
    while (rest.len > 0 && !a->has_mac) {
        struct str piece = str_trim(str_cut(&rest, '_'));
        a->has_mac = plain_mac(piece, a) || uuid_mac(before, piece, a);
        before = piece;
    }
}

/* "(MAC)" somewhere in what follows. */
static void comment_take(struct str rest, struct sip_agent *a)
{
    while (!a->has_mac) {
        size_t open = str_chr(rest, '(');
        if (open == STR_NPOS) {
            return;
        }
        rest = str_from(rest, open + 1);
        a->has_mac = plain_mac(str_head(rest, str_chr(rest, ')')), a);
    }
}

bool sip_agent_read(struct str value, struct sip_agent *ret_agent)
{
    struct sip_agent a = {0};
    struct str rest = str_trim(value);
    size_t slash = str_chr(rest, '/');
    if (rest.p == NULL || slash == STR_NPOS || slash == 0) {
        return false;
    }
    a.product = str_head(rest, slash);
    a.model = str_istarts(a.product, STR("Cisco-")) ? str_from(a.product, 6) : a.product;
    rest = str_from(rest, slash + 1);
    size_t n = 0;
    while (n < rest.len && rest.p[n] != '_' && rest.p[n] != ' ' && rest.p[n] != '(') {
        n++;
    }
    a.firmware = str_head(rest, n);
    rest = str_from(rest, n);
    if (str_starts(rest, STR("_"))) {
        pieces_take(str_from(rest, 1), &a);
    } else {
        comment_take(rest, &a);
    }
    *ret_agent = a;
    return true;
}

/* Leases that hosts hold, out of the files of their DHCP clients. */
#include "proto/dhcp/dhcp_held.h"

#include <stddef.h>

/* Where a value goes, by its name in either file. */
static const struct {
    const char *name;
    size_t offset;
} names[] = {
    {"ADDRESS", offsetof(struct dhcp_held, address)},
    {"fixed-address", offsetof(struct dhcp_held, address)},
    {"SERVER_ADDRESS", offsetof(struct dhcp_held, server)},
    {"dhcp-server-identifier", offsetof(struct dhcp_held, server)},
    {"ROUTER", offsetof(struct dhcp_held, router)},
    {"routers", offsetof(struct dhcp_held, router)},
    {"DNS", offsetof(struct dhcp_held, dns)},
    {"domain-name-servers", offsetof(struct dhcp_held, dns)},
    {"DOMAINNAME", offsetof(struct dhcp_held, domain)},
    {"domain-name", offsetof(struct dhcp_held, domain)},
    {"NTP", offsetof(struct dhcp_held, ntp)},
    {"ntp-servers", offsetof(struct dhcp_held, ntp)},
    {"tftp-server-name", offsetof(struct dhcp_held, tftp_name)},
    {"bootfile-name", offsetof(struct dhcp_held, boot_file)},
    {"filename", offsetof(struct dhcp_held, boot_file)},
};

static struct str unquoted(struct str s)
{
    bool quoted = s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"';
    return quoted ? str_of(s.p + 1, s.len - 2) : s;
}

static void value_take(struct dhcp_held *h, struct str name, struct str value)
{
    uint64_t code;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq(name, str_z(names[i].name))) {
            struct str *to = (struct str *)(void *)((char *)h + names[i].offset);
            *to = value;
            return;
        }
    }
    bool numbered = str_starts(name, STR("OPTION_")) || str_starts(name, STR("unknown-"));
    if (numbered && str_u64(str_from(name, 7 + (name.p[0] == 'u')), &code) && code > 0 &&
        code < 255 && h->n < DHCP_HELD_OTHER) {
        h->other[h->n].code = (uint8_t)code;
        h->other[h->n++].value = value;
    }
}

/* "NAME=value", or "option name value;", "name value;". */
static void line_read(struct dhcp_held *h, struct str line)
{
    size_t equal = str_chr(line, '=');
    if (equal != STR_NPOS && str_chr(str_head(line, equal), ' ') == STR_NPOS) {
        value_take(h, str_head(line, equal), unquoted(str_trim(str_from(line, equal + 1))));
        return;
    }
    struct str rest = line;
    struct str name = str_word(&rest);
    name = str_eq(name, STR("option")) ? str_word(&rest) : name;
    rest = str_trim(rest);
    if (str_ends(rest, STR(";"))) {
        value_take(h, name, unquoted(str_trim(str_head(rest, rest.len - 1))));
    }
}

bool dhcp_held_read(struct str text, struct str interface, struct dhcp_held *ret_held)
{
    struct dhcp_held h = {0};
    bool found = false;
    bool other = false; /* of another interface */
    while (text.len > 0) {
        struct str line = str_trim(str_cut(&text, '\n'));
        struct str rest = line;
        struct str word = str_word(&rest);
        if (str_eq(word, STR("lease")) && str_ends(line, STR("{"))) {
            h = (struct dhcp_held){0};
            other = false;
        } else if (str_eq(word, STR("interface"))) {
            rest = str_trim(rest);
            other = !str_eq(unquoted(str_head(rest, rest.len - (rest.len > 0))), interface);
        } else if (line.len > 0 && line.p[0] != '#') {
            line_read(&h, line);
        }
        bool ends = str_eq(line, STR("}")) || text.len == 0;
        if (ends && !other && h.address.len > 0) {
            *ret_held = h;
            found = true;
        }
    }
    return found;
}

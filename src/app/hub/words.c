/* Words of the API: ids, times, addresses, pages, roles. */
#include <stdio.h>

#include "app/hub/api.h"

void json_id(struct json *j, const char *key, int64_t id)
{
    char text[STR_NUMBER];
    json_kstr(j, key, id ? str_number(text, id) : str_of(NULL, 0));
}

void json_time(struct json *j, const char *key, usec_t t)
{
    char text[TIME_TEXT];
    if (t == 0 || t == USEC_NONE) {
        json_kz(j, key, NULL);
        return;
    }
    time_write(t, text);
    json_kz(j, key, text);
}

void json_mac(struct json *j, const char *key, bool has, struct mac mac)
{
    char text[MAC_TEXT];
    mac_write(mac, text);
    json_kz(j, key, has ? text : NULL);
}

void json_version(struct json *j, int64_t version)
{
    char text[STR_NUMBER];
    json_kstr(j, "version", str_number(text, version));
}

void json_text(struct json *j, const char *key, struct str s)
{
    json_kstr(j, key, s.p ? s : STR(""));
}

void json_text_or_null(struct json *j, const char *key, struct str s)
{
    json_kstr(j, key, s.len ? s : str_of(NULL, 0));
}

void json_items(struct json *j)
{
    json_open(j, '{');
    json_key(j, "items");
    json_open(j, '[');
}

void json_next(struct json *j, struct str next)
{
    json_close(j, ']');
    json_text_or_null(j, "next", next);
    json_close(j, '}');
}

static const char *const roles[] = {"reader", "operator", "admin", NULL};

const char *api_role_name(enum role r)
{
    return roles[r];
}

bool api_role_read(struct jsonin_object *o, unsigned how, enum role *ret)
{
    unsigned i = 0;
    if (jsonin_word(o, "role", how, roles, &i) != JSONIN_GIVEN) {
        return false;
    }
    *ret = (enum role)i;
    return true;
}

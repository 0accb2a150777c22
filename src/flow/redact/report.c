/* What was replaced, for people and for the manifest. */
#include "flow/redact/address.h"
#include "flow/redact/state.h"

const char *redact_class_name(enum redact_class class)
{
    switch (class) {
    case REDACT_MAC:
        return "mac";
    case REDACT_SERIAL:
        return "serial";
    case REDACT_IP4:
        return "ipv4";
    case REDACT_IP6:
        return "ipv6";
    case REDACT_PHONE:
        return "phone-number";
    case REDACT_USER:
        return "user";
    case REDACT_NAME:
        return "display-name";
    case REDACT_DOMAIN:
        return "domain";
    case REDACT_REALM:
        return "realm";
    case REDACT_NONCE:
        return "nonce";
    case REDACT_DIGEST:
        return "digest";
    case REDACT_SECRET:
        return "secret";
    case REDACT_SSID:
        return "ssid";
    case REDACT_DEVICE:
        return "device-name";
    case REDACT_WORD:
        return "word";
    case REDACT_CLASSES:
        break;
    }
    return "";
}

static bool counts(const struct value *v)
{
    return v->kind <= VALUE_IP6 && v->pseudo && !(v->flags & VALUE_DEAD);
}

uint64_t redact_values(const struct redact *r, enum redact_class class)
{
    uint64_t n = 0;
    for (size_t i = 1; i <= r->t.n; i++) {
        n += counts(&r->t.v[i]) && r->t.v[i].class == class;
    }
    return n;
}

uint64_t redact_places(const struct redact *r, enum redact_class class)
{
    return r->places[class];
}

/* "203.0.113.9", or all 39 bytes of an IPv6 address. */
static struct str spell(enum value_kind kind, const char *bytes, char text[ADDRESS_SPELLED + 1])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t a[16];
    size_t n = 0;
    if (kind == VALUE_IP4) {
        memcpy(a, bytes, 4);
        for (size_t i = 0; i < 4; i++) {
            n += i > 0;
            text[n - (i > 0)] = '.';
            size_t digits = a[i] > 99 ? 3 : a[i] > 9 ? 2 : 1;
            memset(text + n, '0', digits);
            n += digits;
        }
        address_write4(a, text, n);
        return str_of(text, n);
    }
    memcpy(a, bytes, 16);
    for (size_t i = 0; i < 16; i++) {
        if (i > 0 && i % 2 == 0) {
            text[n++] = ':';
        }
        text[n++] = hex[a[i] >> 4];
        text[n++] = hex[a[i] & 15];
    }
    return str_of(text, n);
}

void redact_each(const struct redact *r,
                 void (*each)(void *ctx, enum redact_class class, struct str original,
                              struct str pseudonym),
                 void *ctx)
{
    for (size_t i = 1; i <= r->t.n; i++) {
        const struct value *v = &r->t.v[i];
        char from[ADDRESS_SPELLED + 1], to[ADDRESS_SPELLED + 1];
        if (!counts(v)) {
            continue;
        }
        enum value_kind kind = (enum value_kind)v->kind;
        if (kind == VALUE_IP4 || kind == VALUE_IP6) {
            each(ctx, (enum redact_class)v->class, spell(kind, v->text.p, from),
                 spell(kind, v->pseudo, to));
        } else {
            each(ctx, (enum redact_class)v->class, v->text, str_of(v->pseudo, v->text.len));
        }
    }
}

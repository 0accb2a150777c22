/* Shapes of the subjects of phone certificates. */
#include "domain/device/cert.h"

enum { ATTRIBUTES = 3 };

struct part {
    const char *type;
    const char *text; /* holes: {model} {serial} {mac}, or {MAC} where it is written in capitals */
};

static const struct shape {
    const char *name;
    struct part part[ATTRIBUTES];
} shapes[] = {
    /* The order is the order of trying: the ones that say most first. */
    {"sep", {{"serialNumber", "PID:{model} SN:{serial}"}, {"CN", "{model}-SEP{MAC}"}}},
    {"ou-l-s", {{"OU", "{model}"}, {"L", "{serial}"}, {"SN", "{mac}"}}},
    {"ou-l-st", {{"OU", "{model}"}, {"L", "{serial}"}, {"ST", "{mac}"}}},
    {"cn-sep", {{"CN", "SEP{MAC}"}}},
    {"cn-model-sep", {{"CN", "{model}-SEP{MAC}"}}},
    {"cn", {{"CN", "{mac}"}}},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* One step through a part's text: a literal, or a hole. False at the end. */
static bool piece_next(struct str *text, struct str *ret_piece, bool *ret_hole)
{
    if (text->len == 0) {
        return false;
    }
    *ret_hole = text->p[0] == '{';
    size_t end = str_chr(*text, *ret_hole ? '}' : '{');
    size_t len = end == STR_NPOS ? text->len : end + *ret_hole;
    *ret_piece = str_head(*text, len);
    *text = str_from(*text, len);
    return true;
}

static bool mac_take(struct str value, bool *seen, struct mac *mac)
{
    struct mac m;
    if (value.len != 12 || !mac_read(value, &m) || (*seen && !mac_eq(m, *mac))) {
        return false;
    }
    *seen = true;
    *mac = m;
    return true;
}

static bool word_take(struct str value, struct str *word)
{
    if (value.len == 0 || (word->len > 0 && !str_eq(value, *word))) {
        return false;
    }
    *word = value;
    return true;
}

static bool hole_take(struct str hole, struct str value, bool *has_mac, struct device_cert *c)
{
    if (str_ieq(hole, STR("{mac}"))) {
        return mac_take(value, has_mac, &c->mac);
    }
    return word_take(value, str_eq(hole, STR("{model}")) ? &c->model : &c->serial);
}

/* Whether the whole value is as the part says; a hole ends where the text behind it begins. */
static bool part_read(struct str text, struct str value, bool *has_mac, struct device_cert *c)
{
    struct str piece;
    bool hole = false;
    while (piece_next(&text, &piece, &hole)) {
        if (!hole) {
            if (!str_starts(value, piece)) {
                return false;
            }
            value = str_from(value, piece.len);
            continue;
        }
        struct str behind = str_head(text, str_chr(text, '{'));
        size_t end = value.len;
        if (behind.len > 0 && (end = str_find(value, behind)) == STR_NPOS) {
            return false;
        }
        if (!hole_take(piece, str_head(value, end), has_mac, c)) {
            return false;
        }
        value = str_from(value, end);
    }
    return value.len == 0;
}

/* The value of the only attribute of that type; NULL when there is none, or several. */
static const char *only(const struct x509 *x, const char *type)
{
    const char *found = NULL;
    for (size_t i = 0; i < x->n_attributes; i++) {
        if (strcmp(x->attribute[i].type, type) == 0) {
            if (found) {
                return NULL;
            }
            found = x->attribute[i].value;
        }
    }
    return found;
}

static bool shape_read(const struct shape *s, const struct x509 *x, struct device_cert *c)
{
    bool has_mac = false;
    *c = (struct device_cert){.shape = s->name};
    for (size_t i = 0; i < ATTRIBUTES && s->part[i].type; i++) {
        const char *value = only(x, s->part[i].type);
        if (!value || !part_read(str_z(s->part[i].text), str_z(value), &has_mac, c)) {
            return false;
        }
    }
    return has_mac;
}

bool device_cert_read_as(const struct x509 *x, uint32_t which, struct device_cert *ret_cert)
{
    struct device_cert c;
    for (size_t i = 0; i < SHAPES && !x->attributes_cut; i++) {
        if ((which >> i & 1) && shape_read(&shapes[i], x, &c)) {
            *ret_cert = c;
            return true;
        }
    }
    return false;
}

bool device_cert_read(const struct x509 *x, struct device_cert *ret_cert)
{
    return device_cert_read_as(x, DEVICE_CERT_ANY, ret_cert);
}

bool device_cert_shapes(struct str names, uint32_t *ret_shapes)
{
    uint32_t set = 0;
    if (str_eq(names, STR("any"))) {
        *ret_shapes = DEVICE_CERT_ANY;
        return true;
    }
    while (names.len) {
        struct str name = str_trim(str_cut(&names, ','));
        size_t i = 0;
        while (i < SHAPES && !str_eq(name, str_z(shapes[i].name))) {
            i++;
        }
        if (i == SHAPES) {
            return false;
        }
        set |= 1U << i;
    }
    *ret_shapes = set;
    return set != 0;
}

static bool value_add(char value[X509_NAME_TEXT], struct str text)
{
    size_t at = strlen(value);
    if (text.len == 0 || text.len >= X509_NAME_TEXT - at) {
        return false;
    }
    memcpy(value + at, text.p, text.len);
    value[at + text.len] = '\0';
    return true;
}

static bool mac_add(char value[X509_NAME_TEXT], struct mac m, const char *digits)
{
    char text[2 * sizeof m.b];
    for (size_t i = 0; i < sizeof m.b; i++) {
        text[2 * i] = digits[m.b[i] >> 4];
        text[2 * i + 1] = digits[m.b[i] & 15];
    }
    return value_add(value, str_of(text, sizeof text));
}

static bool part_write(struct str text, const struct device_cert *c, char value[X509_NAME_TEXT])
{
    struct str piece;
    bool hole = false;
    bool fits = true;
    while (fits && piece_next(&text, &piece, &hole)) {
        if (!hole) {
            fits = value_add(value, piece);
        } else if (str_ieq(piece, STR("{mac}"))) {
            fits =
                mac_add(value, c->mac, piece.p[1] == 'M' ? "0123456789ABCDEF" : "0123456789abcdef");
        } else {
            fits = value_add(value, str_eq(piece, STR("{model}")) ? c->model : c->serial);
        }
    }
    return fits;
}

size_t device_cert_subject(const char *shape, const struct device_cert *c,
                           struct x509_attribute ret_attribute[X509_ATTRIBUTES])
{
    for (size_t i = 0; i < SHAPES; i++) {
        if (strcmp(shapes[i].name, shape) != 0) {
            continue;
        }
        size_t n = 0;
        for (; n < ATTRIBUTES && shapes[i].part[n].type; n++) {
            const struct part *p = &shapes[i].part[n];
            struct x509_attribute *a = &ret_attribute[n];
            *a = (struct x509_attribute){0};
            memcpy(a->type, p->type, strlen(p->type));
            if (!part_write(str_z(p->text), c, a->value)) {
                return 0;
            }
        }
        return n;
    }
    return 0;
}

const char *device_cert_shape(size_t i)
{
    return i < SHAPES ? shapes[i].name : NULL;
}

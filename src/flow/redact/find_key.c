/* Values that stand behind a word: credentials, names of people, devices and networks. */
#include "flow/redact/find.h"

static void tell_value(struct find *f, enum redact_class class, struct str rest, bool phrase)
{
    struct str v = find_value(rest, phrase);
    bool quoted = rest.len > 0 && rest.p[0] == '"';
    if (quoted && str_trim(v).len == 0 && v.p + v.len == f->line.p + f->line.len) {
        f->awaits = true;
        f->awaited = class;
        return;
    }
    find_tell(f, class, v, true);
}

/* key=value */
static void equals(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    if (find_assigned(&rest, false)) {
        tell_value(f, class, rest, false);
    }
}

/* key=value, key: value, "key": "value" */
static void assigned(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    if (find_assigned(&rest, true)) {
        tell_value(f, class, rest, false);
    }
}

/* The same for values with blanks in them. */
static void phrase(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    if (find_assigned(&rest, true)) {
        tell_value(f, class, rest, true);
    }
}

/* --key value, as profile rules have it. */
static void option(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    size_t blanks = 0;
    while (blanks < rest.len && (rest.p[blanks] == ' ' || rest.p[blanks] == '=')) {
        blanks++;
    }
    if (blanks > 0) {
        tell_value(f, class, str_from(rest, blanks), false);
    }
}

/* A digest's hexadecimal text; "response=404" is none. */
static void hex(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    if (!find_assigned(&rest, false)) {
        return;
    }
    struct str v = find_value(rest, false);
    for (size_t i = 0; i < v.len; i++) {
        if (ascii_hex(v.p[i]) < 0) {
            return;
        }
    }
    if (v.len >= 16) {
        find_tell(f, class, v, true);
    }
}

/* Authorization: Basic ..., Bearer ... */
static void authorization(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    if (!find_assigned(&rest, true)) {
        return;
    }
    if (str_istarts(rest, STR("Basic ")) || str_istarts(rest, STR("Bearer "))) {
        tell_value(f, class, str_trim(str_from(rest, 6)), false);
    }
}

/* "activation code: ..." */
static void code(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    if (str_istarts(rest, STR(" code"))) {
        assigned(f, class, word, str_from(rest, 5));
    }
}

/* "deviceId is HQSW" */
static void is(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    if (str_starts(rest, STR(" is "))) {
        tell_value(f, class, str_from(rest, 4), false);
    } else {
        assigned(f, class, word, rest);
    }
}

/* scheme://user:password@host */
static void url(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    if (!str_starts(rest, STR("://"))) {
        return;
    }
    rest = str_from(rest, 3);
    size_t end = 0;
    while (end < rest.len && rest.p[end] > ' ' && !strchr("/\"'<>?#,", rest.p[end])) {
        end++;
    }
    struct str authority = str_head(rest, end);
    size_t at = authority.len;
    while (at > 0 && authority.p[at - 1] != '@') {
        at--;
    }
    if (at > 0) {
        struct str password = str_head(authority, at - 1);
        struct str user = str_cut(&password, ':');
        find_tell(f, class, user, true);
        find_tell(f, REDACT_SECRET, password, true);
    }
}

/* gds://code: an activation code in the shape of a profile rule. */
static void gds(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    if (str_starts(rest, STR("://"))) {
        tell_value(f, class, str_from(rest, 3), false);
    }
}

static const struct key {
    const char *word; /* in small letters */
    void (*read)(struct find *f, enum redact_class class, struct str word, struct str rest);
    enum redact_class class;
} keys[] = {
    {"--key", option, REDACT_SECRET},
    {"--pwd", option, REDACT_SECRET},
    {"--uid", option, REDACT_USER},
    {"access_token", assigned, REDACT_SECRET},
    {"activation", code, REDACT_SECRET},
    {"activation_code", assigned, REDACT_SECRET},
    {"activationcode", assigned, REDACT_SECRET},
    {"api_key", assigned, REDACT_SECRET},
    {"apikey", assigned, REDACT_SECRET},
    {"auth_id", assigned, REDACT_USER},
    {"authorization", authorization, REDACT_SECRET},
    {"call-id", find_call_id, REDACT_MAC},
    {"callednumber", assigned, REDACT_USER},
    {"callerid", phrase, REDACT_NAME},
    {"callid", find_call_id, REDACT_MAC},
    {"callingnumber", assigned, REDACT_USER},
    {"client_secret", assigned, REDACT_SECRET},
    {"cnonce", equals, REDACT_DIGEST},
    {"contact", find_field, REDACT_NAME},
    {"device-id", is, REDACT_DEVICE},
    {"deviceid", is, REDACT_DEVICE},
    {"dhcp-domain", assigned, REDACT_DOMAIN},
    {"dhcp-hostname", assigned, REDACT_DEVICE},
    {"dialednumber", assigned, REDACT_USER},
    {"display_name", phrase, REDACT_NAME},
    {"displayname", phrase, REDACT_NAME},
    {"diversion", find_field, REDACT_NAME},
    {"domain", assigned, REDACT_DOMAIN},
    {"essid", phrase, REDACT_SSID},
    {"f", find_field, REDACT_NAME},
    {"from", find_field, REDACT_NAME},
    {"ftp", url, REDACT_USER},
    {"gds", gds, REDACT_SECRET},
    {"history-info", find_field, REDACT_NAME},
    {"hostname", assigned, REDACT_DEVICE},
    {"http", url, REDACT_USER},
    {"https", url, REDACT_USER},
    {"i", find_call_id, REDACT_MAC},
    {"id", find_callhome, REDACT_MAC},
    {"login", assigned, REDACT_USER},
    {"m", find_field, REDACT_NAME},
    {"ma", find_mac, REDACT_MAC},
    {"mac", find_mac, REDACT_MAC},
    {"mac-address", find_mac, REDACT_MAC},
    {"mac_address", find_mac, REDACT_MAC},
    {"macaddr", find_mac, REDACT_MAC},
    {"macaddress", find_mac, REDACT_MAC},
    {"mailto", find_uri, REDACT_USER},
    {"nextnonce", equals, REDACT_NONCE},
    {"nonce", equals, REDACT_NONCE},
    {"opaque", equals, REDACT_DIGEST},
    {"p-asserted-identity", find_field, REDACT_NAME},
    {"p-called-party-id", find_field, REDACT_NAME},
    {"p-preferred-identity", find_field, REDACT_NAME},
    {"passphrase", assigned, REDACT_SECRET},
    {"passwd", assigned, REDACT_SECRET},
    {"password", assigned, REDACT_SECRET},
    {"phonenumber", assigned, REDACT_USER},
    {"pres", find_uri, REDACT_USER},
    {"proxy-authorization", authorization, REDACT_SECRET},
    {"psk", assigned, REDACT_SECRET},
    {"pwd", assigned, REDACT_SECRET},
    {"realm", equals, REDACT_REALM},
    {"referred-by", find_field, REDACT_NAME},
    {"refresh_token", assigned, REDACT_SECRET},
    {"remote-party-id", find_field, REDACT_NAME},
    {"reply-to", find_field, REDACT_NAME},
    {"response", hex, REDACT_DIGEST},
    {"rspauth", equals, REDACT_DIGEST},
    {"secret", assigned, REDACT_SECRET},
    {"serial", find_serial, REDACT_SERIAL},
    {"serial-number", find_serial, REDACT_SERIAL},
    {"serial_number", find_serial, REDACT_SERIAL},
    {"serialno", find_serial, REDACT_SERIAL},
    {"serialnumber", find_serial, REDACT_SERIAL},
    {"sftp", url, REDACT_USER},
    {"sip", find_uri, REDACT_USER},
    {"sips", find_uri, REDACT_USER},
    {"sn", find_serial, REDACT_SERIAL},
    {"ssid", phrase, REDACT_SSID},
    {"sysname", phrase, REDACT_DEVICE},
    {"t", find_field, REDACT_NAME},
    {"tag", find_tag, REDACT_MAC},
    {"tel", find_uri, REDACT_USER},
    {"tftp", url, REDACT_USER},
    {"to", find_field, REDACT_NAME},
    {"token", assigned, REDACT_SECRET},
    {"user", equals, REDACT_USER},
    {"user-agent", find_agent, REDACT_MAC},
    {"user_id", assigned, REDACT_USER},
    {"userid", assigned, REDACT_USER},
    {"username", assigned, REDACT_USER},
    {"uuid", find_uuid, REDACT_MAC},
    {"xpassword", assigned, REDACT_SECRET},
};

enum { KEY_LONGEST = 24 };

static const struct key *key_find(struct str word)
{
    size_t low = 0, high = sizeof keys / sizeof keys[0];
    char small[KEY_LONGEST];
    if (word.len > sizeof small) {
        return NULL;
    }
    for (size_t i = 0; i < word.len; i++) {
        small[i] = ascii_lower(word.p[i]);
    }
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = str_cmp(str_of(small, word.len), str_z(keys[mid].word));
        if (order == 0) {
            return &keys[mid];
        }
        if (order < 0) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return NULL;
}

/* <Password_1_ ua="na">value</Password_1_>, as in configurations. */
static void element(struct find *f, struct str word, struct str rest)
{
    static const struct {
        struct str part;
        enum redact_class class;
    } parts[] = {
        {STR_INIT("password"), REDACT_SECRET},   {STR_INIT("passwd"), REDACT_SECRET},
        {STR_INIT("secret"), REDACT_SECRET},     {STR_INIT("passphrase"), REDACT_SECRET},
        {STR_INIT("_key"), REDACT_SECRET},       {STR_INIT("activation_code"), REDACT_SECRET},
        {STR_INIT("user_id"), REDACT_USER},      {STR_INIT("auth_id"), REDACT_USER},
        {STR_INIT("user_name"), REDACT_USER},    {STR_INIT("username"), REDACT_USER},
        {STR_INIT("extension"), REDACT_USER},    {STR_INIT("phone_number"), REDACT_USER},
        {STR_INIT("display_name"), REDACT_NAME}, {STR_INIT("station"), REDACT_NAME},
        {STR_INIT("ssid"), REDACT_SSID},         {STR_INIT("serial"), REDACT_SERIAL},
        {STR_INIT("mac_address"), REDACT_MAC},   {STR_INIT("macaddress"), REDACT_MAC},
        {STR_INIT("host_name"), REDACT_DEVICE},  {STR_INIT("hostname"), REDACT_DEVICE},
    };
    size_t open = str_chr(rest, '>');
    if (open == STR_NPOS || (open > 0 && rest.p[open - 1] == '/')) {
        return;
    }
    struct str value = str_from(rest, open + 1);
    size_t close = str_chr(value, '<');
    for (size_t i = 0; close != STR_NPOS && i < sizeof parts / sizeof parts[0]; i++) {
        if (str_ifind(word, parts[i].part) != STR_NPOS) {
            find_tell(f, parts[i].class, str_head(value, close), true);
            return;
        }
    }
}

void find_key(struct find *f, struct str word, struct str rest)
{
    if (word.p > f->line.p && word.p[-1] == '<') {
        element(f, word, rest);
    }
    const struct key *k = key_find(word);
    if (!k && word.len > 2 && word.p[0] == '-') {
        /* "--username" is "username" too. */
        size_t dashes = word.p[1] == '-' ? 2 : 1;
        k = key_find(str_from(word, dashes));
    }
    if (k) {
        k->read(f, k->class, word, rest);
    }
}

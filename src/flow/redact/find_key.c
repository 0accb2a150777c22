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
    struct str word; /* in small letters; the table is sorted */
    void (*read)(struct find *f, enum redact_class class, struct str word, struct str rest);
    enum redact_class class;
} keys[] = {
    {STR_INIT("--key"), option, REDACT_SECRET},
    {STR_INIT("--pwd"), option, REDACT_SECRET},
    {STR_INIT("--uid"), option, REDACT_USER},
    {STR_INIT("access_token"), assigned, REDACT_SECRET},
    {STR_INIT("activation"), code, REDACT_SECRET},
    {STR_INIT("activation_code"), assigned, REDACT_SECRET},
    {STR_INIT("activationcode"), assigned, REDACT_SECRET},
    {STR_INIT("api_key"), assigned, REDACT_SECRET},
    {STR_INIT("apikey"), assigned, REDACT_SECRET},
    {STR_INIT("auth_id"), assigned, REDACT_USER},
    {STR_INIT("authorization"), authorization, REDACT_SECRET},
    {STR_INIT("call-id"), find_call_id, REDACT_MAC},
    {STR_INIT("callednumber"), assigned, REDACT_USER},
    {STR_INIT("callerid"), phrase, REDACT_NAME},
    {STR_INIT("callid"), find_call_id, REDACT_MAC},
    {STR_INIT("callingnumber"), assigned, REDACT_USER},
    {STR_INIT("client_secret"), assigned, REDACT_SECRET},
    {STR_INIT("cnonce"), equals, REDACT_DIGEST},
    {STR_INIT("contact"), find_field, REDACT_NAME},
    {STR_INIT("device-id"), is, REDACT_DEVICE},
    {STR_INIT("deviceid"), is, REDACT_DEVICE},
    {STR_INIT("dhcp-domain"), assigned, REDACT_DOMAIN},
    {STR_INIT("dhcp-hostname"), assigned, REDACT_DEVICE},
    {STR_INIT("dialednumber"), assigned, REDACT_USER},
    {STR_INIT("display_name"), phrase, REDACT_NAME},
    {STR_INIT("displayname"), phrase, REDACT_NAME},
    {STR_INIT("diversion"), find_field, REDACT_NAME},
    {STR_INIT("domain"), assigned, REDACT_DOMAIN},
    {STR_INIT("essid"), phrase, REDACT_SSID},
    {STR_INIT("f"), find_field, REDACT_NAME},
    {STR_INIT("from"), find_field, REDACT_NAME},
    {STR_INIT("ftp"), url, REDACT_USER},
    {STR_INIT("gds"), gds, REDACT_SECRET},
    {STR_INIT("history-info"), find_field, REDACT_NAME},
    {STR_INIT("hostname"), assigned, REDACT_DEVICE},
    {STR_INIT("http"), url, REDACT_USER},
    {STR_INIT("https"), url, REDACT_USER},
    {STR_INIT("i"), find_call_id, REDACT_MAC},
    {STR_INIT("id"), find_callhome, REDACT_MAC},
    {STR_INIT("login"), assigned, REDACT_USER},
    {STR_INIT("m"), find_field, REDACT_NAME},
    {STR_INIT("ma"), find_mac, REDACT_MAC},
    {STR_INIT("mac"), find_mac, REDACT_MAC},
    {STR_INIT("mac-address"), find_mac, REDACT_MAC},
    {STR_INIT("mac_address"), find_mac, REDACT_MAC},
    {STR_INIT("macaddr"), find_mac, REDACT_MAC},
    {STR_INIT("macaddress"), find_mac, REDACT_MAC},
    {STR_INIT("mailto"), find_uri, REDACT_USER},
    {STR_INIT("nextnonce"), equals, REDACT_NONCE},
    {STR_INIT("nonce"), equals, REDACT_NONCE},
    {STR_INIT("opaque"), equals, REDACT_DIGEST},
    {STR_INIT("p-asserted-identity"), find_field, REDACT_NAME},
    {STR_INIT("p-called-party-id"), find_field, REDACT_NAME},
    {STR_INIT("p-preferred-identity"), find_field, REDACT_NAME},
    {STR_INIT("passphrase"), assigned, REDACT_SECRET},
    {STR_INIT("passwd"), assigned, REDACT_SECRET},
    {STR_INIT("password"), assigned, REDACT_SECRET},
    {STR_INIT("phonenumber"), assigned, REDACT_USER},
    {STR_INIT("pres"), find_uri, REDACT_USER},
    {STR_INIT("proxy-authorization"), authorization, REDACT_SECRET},
    {STR_INIT("psk"), assigned, REDACT_SECRET},
    {STR_INIT("pwd"), assigned, REDACT_SECRET},
    {STR_INIT("realm"), equals, REDACT_REALM},
    {STR_INIT("referred-by"), find_field, REDACT_NAME},
    {STR_INIT("refresh_token"), assigned, REDACT_SECRET},
    {STR_INIT("remote-party-id"), find_field, REDACT_NAME},
    {STR_INIT("reply-to"), find_field, REDACT_NAME},
    {STR_INIT("response"), hex, REDACT_DIGEST},
    {STR_INIT("rspauth"), equals, REDACT_DIGEST},
    {STR_INIT("secret"), assigned, REDACT_SECRET},
    {STR_INIT("serial"), find_serial, REDACT_SERIAL},
    {STR_INIT("serial-number"), find_serial, REDACT_SERIAL},
    {STR_INIT("serial_number"), find_serial, REDACT_SERIAL},
    {STR_INIT("serialno"), find_serial, REDACT_SERIAL},
    {STR_INIT("serialnumber"), find_serial, REDACT_SERIAL},
    {STR_INIT("sftp"), url, REDACT_USER},
    {STR_INIT("sip"), find_uri, REDACT_USER},
    {STR_INIT("sips"), find_uri, REDACT_USER},
    {STR_INIT("sn"), find_serial, REDACT_SERIAL},
    {STR_INIT("ssid"), phrase, REDACT_SSID},
    {STR_INIT("sysname"), phrase, REDACT_DEVICE},
    {STR_INIT("t"), find_field, REDACT_NAME},
    {STR_INIT("tag"), find_tag, REDACT_MAC},
    {STR_INIT("tel"), find_uri, REDACT_USER},
    {STR_INIT("tftp"), url, REDACT_USER},
    {STR_INIT("to"), find_field, REDACT_NAME},
    {STR_INIT("token"), assigned, REDACT_SECRET},
    {STR_INIT("user"), equals, REDACT_USER},
    {STR_INIT("user-agent"), find_agent, REDACT_MAC},
    {STR_INIT("user_id"), assigned, REDACT_USER},
    {STR_INIT("userid"), assigned, REDACT_USER},
    {STR_INIT("username"), assigned, REDACT_USER},
    {STR_INIT("uuid"), find_uuid, REDACT_MAC},
    {STR_INIT("xpassword"), assigned, REDACT_SECRET},
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
        int order = str_cmp(str_of(small, word.len), keys[mid].word);
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

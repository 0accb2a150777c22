/* The requests of a phone as its log shows them: the order of fields, tags, numbers (docs/sources.md: the guide). */
#include "flow/agent/inside.h"

const struct str agent_allow =
    STR_INIT("ACK, BYE, CANCEL, INFO, INVITE, NOTIFY, OPTIONS, REFER, UPDATE");
const struct str agent_events = STR_INIT("hold,talk,conference");
const struct str agent_supported = STR_INIT("replaces, sec-agree, record-aware");

static const char digits[] = "0123456789abcdef";

void agent_write_hex(struct sink *s, uint64_t n, unsigned least)
{
    char text[16];
    unsigned at = sizeof text;
    while (n > 0 || (at > sizeof text - least && at > 0)) {
        text[--at] = digits[n & 15];
        n >>= 4;
    }
    sink_str(s, str_of(text + at, sizeof text - at));
}

static void hex_bytes(struct sink *s, const uint8_t *b, size_t n)
{
    char text[32];
    for (size_t i = 0; i < n && i < sizeof text / 2; i++) {
        text[2 * i] = digits[b[i] >> 4];
        text[2 * i + 1] = digits[b[i] & 15];
    }
    sink_str(s, str_of(text, 2 * n));
}

static void number(struct sink *s, uint32_t n)
{
    char text[STR_NUMBER];
    sink_str(s, str_number(text, n));
}

void agent_write_via(const struct agent *a, struct sink *s, uint32_t branch)
{
    static const struct str head[] = {STR_INIT("Via: SIP/2.0/UDP "), STR_INIT("Via: SIP/2.0/TCP "),
                                      STR_INIT("Via: SIP/2.0/TLS ")};
    char text[ENDPOINT_TEXT];
    sink_str(s, head[a->transport % 3]);
    sink_str(s, endpoint_write(a->local, text));
    sink_str(s, STR(";branch=z9hG4bK-"));
    agent_write_hex(s, branch, 1);
    sink_str(s, STR("\r\n"));
}

/* Bytes that may stand in the user part as they are (RFC 3261 25.1 user); others as %XX. */
static void user(struct sink *s, struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (ascii_alnum((char)c) || (c && c < 128 && strchr("-_.!~*'()&=+$,;?/", c))) {
            sink_char(s, (char)c);
        } else {
            sink_char(s, '%');
            agent_write_hex(s, c, 2);
        }
    }
}

/* Most users are plain: one piece. */
static void user_put(struct sink *s, struct str name)
{
    size_t n = 0;
    while (n < name.len && (ascii_alnum(name.p[n]) || name.p[n] == '+')) {
        n++;
    }
    if (n == name.len) {
        sink_str(s, name);
    } else {
        user(s, name);
    }
}

static void display_put(struct sink *s, struct str display)
{
    if (display.len == 0) {
        return;
    }
    sink_char(s, '"');
    for (size_t i = 0; i < display.len; i++) {
        char c = display.p[i];
        if (c == '"' || c == '\\') {
            sink_char(s, '\\');
        }
        sink_char(s, (unsigned char)c < 0x20 || c == 0x7f ? ' ' : c);
    }
    sink_str(s, STR("\" "));
}

static void aor(const struct agent *a, struct sink *s)
{
    display_put(s, a->line->display);
    sink_str(s, STR("<sip:"));
    user_put(s, a->line->user);
    sink_char(s, '@');
    sink_str(s, a->cfg->domain);
    sink_char(s, '>');
}

void agent_write_contact_uri(const struct agent *a, struct sink *s)
{
    static const struct str tail[] = {STR_INIT(">"), STR_INIT(";transport=tcp>"),
                                      STR_INIT(";transport=tls>")};
    char text[ENDPOINT_TEXT];
    sink_str(s, STR("<sip:"));
    user_put(s, a->line->user);
    sink_char(s, '@');
    sink_str(s, endpoint_write(a->local, text));
    sink_str(s, tail[a->transport % 3]);
}

/* "Cisco-CP-8865-3PCC/12.0.2_MAC_UUID_UUID", of which the second UUID begins with the MAC and ends as the first. */
void agent_write_user_agent(const struct agent *a, struct sink *s)
{
    const uint8_t *u = a->line->uuid, *m = a->line->mac.b;
    sink_str(s, a->cfg->user_agent);
    sink_char(s, '_');
    hex_bytes(s, m, 6);
    for (int second = 0; second < 2; second++) {
        sink_char(s, '_');
        hex_bytes(s, second ? m : u, 4);
        sink_char(s, '-');
        hex_bytes(s, second ? m + 4 : u + 4, 2);
        for (int i = 6; i < 10; i += 2) {
            sink_char(s, '-');
            hex_bytes(s, u + i, 2);
        }
        sink_char(s, '-');
        hex_bytes(s, u + 10, 6);
    }
}

/* RFC 7989: ours ends with the MAC address; the other half is the server's, once it is known. */
void agent_write_session(const struct agent *a, struct sink *s)
{
    sink_str(s, STR("Session-ID: "));
    agent_write_hex(s, a->session, 8);
    sink_str(s, STR("00105000a000"));
    hex_bytes(s, a->line->mac.b, 6);
    sink_str(s, STR(";remote="));
    if (a->has_remote) {
        hex_bytes(s, a->remote_session, 16);
    } else {
        sink_str(s, STR("00000000000000000000000000000000"));
    }
    sink_str(s, STR("\r\n"));
}

static void own_call_id(const struct agent *a, struct sink *s)
{
    char text[ADDR_TEXT];
    sink_str(s, STR("Call-ID: "));
    agent_write_hex(s, a->call_id[0], 1);
    sink_char(s, '-');
    agent_write_hex(s, a->call_id[1], 1);
    sink_char(s, '@');
    sink_str(s, addr_write(a->local.ip, text));
    sink_str(s, STR("\r\n"));
}

static void from_tag(const struct agent *a, struct sink *s)
{
    agent_write_hex(s, a->tag, 1);
    sink_char(s, 'o');
    number(s, a->line->index);
    sink_str(s, STR("\r\n"));
}

static void head(const struct agent *a, struct sink *s, struct str method)
{
    sink_str(s, method);
    sink_str(s, STR(" sip:"));
    sink_str(s, a->cfg->domain);
    sink_str(s, STR(" SIP/2.0\r\n"));
    agent_write_via(a, s, a->branch);
    sink_str(s, STR("From: "));
    aor(a, s);
    sink_str(s, STR(";tag="));
    from_tag(a, s);
    sink_str(s, STR("To: "));
    aor(a, s);
    sink_str(s, STR("\r\n"));
    own_call_id(a, s);
    sink_str(s, STR("CSeq: "));
    number(s, a->cseq);
    sink_char(s, ' ');
    sink_str(s, method);
    sink_str(s, STR("\r\nMax-Forwards: 70\r\n"));
}

void agent_write_register(struct agent *a, struct sink *s, uint32_t expires, struct str auth)
{
    head(a, s, STR("REGISTER"));
    if (auth.len > 0) {
        sink_str(s, a->proxy_auth ? STR("Proxy-Authorization: ") : STR("Authorization: "));
        sink_str(s, auth);
        sink_str(s, STR("\r\n"));
    }
    sink_str(s, STR("Contact: "));
    display_put(s, a->line->display);
    agent_write_contact_uri(a, s);
    sink_str(s, STR(";expires="));
    number(s, expires);
    sink_str(s, STR("\r\nUser-Agent: "));
    agent_write_user_agent(a, s);
    sink_str(s, STR("\r\nPeripheral-Data: none\r\n"));
    agent_write_session(a, s);
    sink_str(s, STR("Content-Length: 0\r\nAllow: "));
    sink_str(s, agent_allow);
    sink_str(s, STR("\r\nAllow-Events: "));
    sink_str(s, agent_events);
    sink_str(s, STR("\r\nSupported: "));
    sink_str(s, agent_supported);
    sink_str(s, STR("\r\nAccept-Language: "));
    sink_str(s, a->cfg->language);
    sink_str(s, STR("\r\n\r\n"));
}

/* NAT_Keep_Alive_Msg $NOTIFY: nobody waits for what is answered. */
void agent_write_alive(struct agent *a, struct sink *s)
{
    sink_str(s, STR("NOTIFY sip:"));
    sink_str(s, a->cfg->domain);
    sink_str(s, STR(" SIP/2.0\r\n"));
    agent_write_via(a, s, (uint32_t)random_next(&a->random));
    sink_str(s, STR("From: "));
    aor(a, s);
    sink_str(s, STR(";tag="));
    from_tag(a, s);
    sink_str(s, STR("To: <sip:"));
    sink_str(s, a->cfg->domain);
    sink_str(s, STR(">\r\nCall-ID: "));
    agent_write_hex(s, random_next(&a->random) >> 32, 1);
    sink_str(
        s,
        STR("-alive\r\nCSeq: 1 NOTIFY\r\nMax-Forwards: 70\r\nEvent: keep-alive\r\nUser-Agent: "));
    agent_write_user_agent(a, s);
    sink_str(s, STR("\r\nContent-Length: 0\r\n\r\n"));
}

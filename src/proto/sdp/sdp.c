/* Session descriptions: lines "x=value" (RFC 4566 5), the audio stream among them. */
#include "proto/sdp/sdp.h"

struct reader {
    struct str text, rest;
    struct addr session; /* of c= before the first m= */
    bool any, chosen, inside;
    struct sdp sdp;
};

static enum err fail(const struct reader *r, struct str line, const char *what,
                     struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){(size_t)(line.p - r->text.p), what, "RFC 4566 5"};
    return ERR_MALFORMED;
}

/* "IN IP4 192.0.2.1", a time to live behind it passed over. */
static struct addr connection_read(struct str value)
{
    struct addr ip = {0};
    struct str net = str_word(&value);
    struct str family = str_word(&value);
    struct str host = str_word(&value);
    if (str_eq(net, STR("IN")) && str_starts(family, STR("IP"))) {
        (void)addr_read(str_head(host, str_chr(host, '/')), &ip);
    }
    return ip;
}

/* "audio 49170 RTP/AVP 0 8 101". */
static void media_read(struct reader *r, struct str value)
{
    uint64_t port = 0, format = 0;
    struct str media = str_word(&value);
    struct str port_text = str_word(&value);
    struct str profile = str_word(&value);
    struct sdp *s = &r->sdp;
    r->inside = false;
    s->streams++;
    if (r->chosen || !str_eq(media, STR("audio")) || !str_eq(profile, STR("RTP/AVP")) ||
        !str_u64(str_head(port_text, str_chr(port_text, '/')), &port) || port == 0 ||
        port > UINT16_MAX) {
        return;
    }
    r->chosen = r->inside = true;
    s->audio_index = s->streams - 1;
    s->at = (struct endpoint){r->session, (uint16_t)port};
    for (struct str word = str_word(&value); word.len && s->n < SDP_FORMATS;
         word = str_word(&value)) {
        if (str_u64(word, &format) && format < 128) {
            s->format[s->n++] = (uint8_t)format;
        }
    }
}

static void attribute_read(struct reader *r, struct str value)
{
    static const struct str way[] = {[SDP_SENDRECV] = STR_INIT("sendrecv"),
                                     [SDP_SENDONLY] = STR_INIT("sendonly"),
                                     [SDP_RECVONLY] = STR_INIT("recvonly"),
                                     [SDP_INACTIVE] = STR_INIT("inactive")};
    bool session = r->sdp.streams == 0;
    for (unsigned i = 0; (session || r->inside) && i < 4; i++) {
        if (str_eq(value, way[i])) {
            r->sdp.way = (enum sdp_way)i;
        }
    }
    if (r->inside && str_starts(value, STR("rtpmap:"))) {
        uint64_t format = 0;
        struct str rest = str_from(value, 7);
        struct str number = str_word(&rest);
        if (str_istarts(str_word(&rest), STR("telephone-event/8000")) && str_u64(number, &format) &&
            format < 128) {
            r->sdp.events = (uint8_t)format;
        }
    }
}

static void line_take(struct reader *r, char type, struct str value)
{
    if (type == 'm') {
        media_read(r, value);
    } else if (type == 'a') {
        attribute_read(r, value);
    } else if (type == 'c' && r->sdp.streams == 0) {
        r->session = connection_read(value);
    } else if (type == 'c' && r->inside) {
        r->sdp.at.ip = connection_read(value);
    }
}

enum err sdp_read(struct str text, struct sdp *ret_sdp, struct err_at *reterr_at)
{
    struct reader r = {.text = text, .rest = text, .sdp = {.events = SDP_NO_EVENTS}};
    while (r.rest.len > 0) {
        struct str line = str_cut(&r.rest, '\n');
        if (str_ends(line, STR("\r"))) {
            line.len--;
        }
        if (line.len == 0 && r.any) {
            continue;
        }
        if (line.len < 2 || line.p[1] != '=') {
            return fail(&r, line, "a line that is not x=value", reterr_at);
        }
        if (!r.any && !str_eq(line, STR("v=0"))) {
            return fail(&r, line, "it does not begin with v=0", reterr_at);
        }
        r.any = true;
        line_take(&r, line.p[0], str_from(line, 2));
    }
    if (!r.any) {
        return fail(&r, text, "nothing", reterr_at);
    }
    if (!r.chosen) {
        return ERR_MISSING;
    }
    *ret_sdp = r.sdp;
    return ERR_OK;
}

/* -- writing */

static void number(struct sink *out, uint32_t n)
{
    char text[STR_NUMBER];
    sink_str(out, str_number(text, n));
}

static void family_addr(struct sink *out, struct addr ip)
{
    char text[ADDR_TEXT];
    sink_z(out, ip.family == 6 ? "IN IP6 " : "IN IP4 ");
    sink_str(out, ip.family ? addr_write(ip, text) : STR("0.0.0.0"));
    sink_z(out, "\r\n");
}

static const char *codec(uint8_t format)
{
    return format == 0 ? "PCMU/8000" : format == 8 ? "PCMA/8000" : "G722/8000";
}

static void audio(struct sink *out, const struct sdp_write *w)
{
    static const char *const way[] = {"sendrecv", "sendonly", "recvonly", "inactive"};
    sink_z(out, "m=audio ");
    number(out, w->at.port);
    sink_z(out, " RTP/AVP");
    for (unsigned i = 0; i < w->n && i < SDP_FORMATS; i++) {
        sink_char(out, ' ');
        number(out, w->format[i]);
    }
    if (w->events != SDP_NO_EVENTS) {
        sink_char(out, ' ');
        number(out, w->events);
    }
    sink_z(out, "\r\n");
    for (unsigned i = 0; i < w->n && i < SDP_FORMATS; i++) {
        sink_fmt(out, "a=rtpmap:%u %s\r\n", w->format[i], codec(w->format[i]));
    }
    if (w->events != SDP_NO_EVENTS) {
        sink_fmt(out, "a=rtpmap:%u telephone-event/8000\r\na=fmtp:%u 0-15\r\n", w->events,
                 w->events);
    }
    sink_z(out, "a=ptime:20\r\na=");
    sink_z(out, way[w->way]);
    sink_z(out, "\r\n");
}

void sdp_write(struct sink *out, const struct sdp_write *w)
{
    sink_z(out, "v=0\r\no=- ");
    number(out, w->session);
    sink_char(out, ' ');
    number(out, w->version);
    sink_char(out, ' ');
    family_addr(out, w->at.ip);
    sink_z(out, "s=-\r\nc=");
    family_addr(out, w->at.ip);
    sink_z(out, "t=0 0\r\n");
    unsigned streams = w->streams ? w->streams : 1;
    for (unsigned i = 0; i < streams && i < SDP_FORMATS; i++) {
        if (i == w->audio_index) {
            audio(out, w);
        } else {
            sink_z(out, "m=audio 0 RTP/AVP 0\r\n");
        }
    }
}

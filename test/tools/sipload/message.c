/* REGISTER as a phone writes it, from a text in which a few fields are patched; digest by RFC 2617; and the little that has to be
 * read of an answer. */
#include "sipload.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum field { BRANCH, USER, CSEQ, TAG };
enum { BRANCH_LEN = 17, CSEQ_LEN = 10, TAG_LEN = 8, CSEQ_BASE = 1000000000 };

static void put_hex(char *out, uint32_t v)
{
    for (int i = 7; i >= 0; i--) {
        out[i] = "0123456789abcdef"[v & 15];
        v >>= 4;
    }
}

static void put_number(char *out, size_t len, uint32_t v)
{
    while (len) {
        out[--len] = (char)('0' + v % 10);
        v /= 10;
    }
}

void user_secret(uint32_t user, char ret_secret[32])
{
    snprintf(ret_secret, 32, "secret-of-%u", user);
}

static void hex_of(const uint8_t digest[16], char out[32])
{
    for (unsigned i = 0; i < 16; i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
}

static void md5_hex(struct writer *w, const char *text, size_t len, char out[32])
{
    uint8_t digest[16];
    if (!EVP_DigestInit_ex2(w->ctx, w->md5, NULL) || !EVP_DigestUpdate(w->ctx, text, len) ||
        !EVP_DigestFinal_ex(w->ctx, digest, NULL)) {
        die("MD5");
    }
    hex_of(digest, out);
}

static void ha1_of(struct writer *w, uint32_t user, const char *realm, char out[32])
{
    char secret[32];
    char text[160];
    user_secret(user, secret);
    int n = snprintf(text, sizeof text, "%u:%s:%s", user, realm, secret);
    md5_hex(w, text, (size_t)n, out);
}

/* Adds `text`, in which %b, %u, %c and %t stand for fields. */
static void add(struct writer *w, const char *text)
{
    static const struct {
        char letter;
        uint8_t len;
    } fields[] = {[BRANCH] = {'b', BRANCH_LEN}, {'u', USER_LEN}, {'c', CSEQ_LEN}, {'t', TAG_LEN}};
    for (; *text; text++) {
        if (*text != '%') {
            w->text[w->len++] = *text;
            continue;
        }
        text++;
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
            if (fields[i].letter == *text) {
                w->patch[w->n_patches++] = (struct patch){(uint16_t)w->len, (uint8_t)i};
                w->len += fields[i].len;
            }
        }
    }
}

static void write_template(struct writer *w, unsigned run)
{
    static const char *const vias[] = {"UDP", "TCP", "TLS"};
    static const char *const transports[] = {"udp", "tcp", "tls"};
    const char *domain = w->o->domain;
    char contact[256];
    char text[MESSAGE_MOST];
    snprintf(contact, sizeof contact,
             "Contact: <sip:%%u@192.0.2.7:5060;transport=%s>;expires=%u;+sip.instance="
             "\"<urn:uuid:00000000-0000-0000-0000-0000%%u>\"\r\n",
             transports[w->o->via], w->o->expires);
    snprintf(text, sizeof text,
             "REGISTER sip:%s SIP/2.0\r\n"
             "Via: SIP/2.0/%s 192.0.2.7:5060;branch=z9hG4bK%%b;rport\r\n"
             "From: <sip:%%u@%s>;tag=%%t\r\n"
             "To: <sip:%%u@%s>\r\n"
             "Call-ID: %%t-%08x-%%u@192.0.2.7\r\n"
             "Max-Forwards: 70\r\n"
             "CSeq: %%c REGISTER\r\n"
             "User-Agent: Cisco-CP-8851-3PCC/12.0.4_00005e%%u\r\n"
             "%s",
             domain, vias[w->o->via], domain, domain, run, w->o->fetch ? "" : contact);
    add(w, text);
    w->head = w->len;
    add(w, "Allow: ACK, BYE, CANCEL, INFO, INVITE, NOTIFY, OPTIONS, PRACK, REFER, UPDATE\r\n"
           "Supported: replaces, sec-agree, record-aware\r\n"
           "Content-Length: 0\r\n\r\n");
}

void writer_init(struct writer *w, const struct options *o, unsigned run)
{
    *w = (struct writer){.o = o};
    w->md5 = EVP_MD_fetch(NULL, "MD5", NULL);
    w->ctx = EVP_MD_CTX_new();
    w->ha1 = calloc(o->users, sizeof *w->ha1);
    w->has_ha1 = calloc(o->users, sizeof *w->has_ha1);
    if (!w->md5 || !w->ctx || !w->ha1 || !w->has_ha1) {
        die("memory");
    }
    char a2[128];
    int n = snprintf(a2, sizeof a2, "REGISTER:sip:%s", o->domain);
    md5_hex(w, a2, (size_t)n, w->ha2);
    write_template(w, run);
}

void writer_clear(struct writer *w)
{
    EVP_MD_free(w->md5);
    EVP_MD_CTX_free(w->ctx);
    free(w->ha1);
    free(w->has_ha1);
}

static const char *ha1(struct writer *w, uint32_t user, const char *realm)
{
    if (strcmp(w->realm, realm) != 0) {
        snprintf(w->realm, sizeof w->realm, "%s", realm);
        memset(w->has_ha1, 0, w->o->users * sizeof *w->has_ha1);
    }
    uint32_t i = user - FIRST_USER - w->o->first;
    if (!w->has_ha1[i]) {
        ha1_of(w, user, realm, w->ha1[i]);
        w->has_ha1[i] = true;
    }
    return w->ha1[i];
}

static char *put(char *to, const char *text, size_t len)
{
    memcpy(to, text, len);
    return to + len;
}

static char *put_text(char *to, const char *text)
{
    return put(to, text, strlen(text));
}

static char *put_credentials(struct writer *w, const struct said *said, char *out)
{
    const char *realm = said->challenge;
    const char *nonce = realm + strlen(realm) + 1;
    const char *opaque = nonce + strlen(nonce) + 1;
    bool qop = opaque[strlen(opaque) + 1] == 'q';
    char user[USER_LEN];
    char cnonce[8];
    char response[32];
    char text[CHALLENGE_MOST + 128];
    put_number(user, sizeof user, said->user);
    put_hex(cnonce, said->gen * 2654435761u);

    char *p = put(text, ha1(w, said->user, realm), 32);
    *p++ = ':';
    p = put_text(p, nonce);
    if (qop) {
        p = put_text(p, ":00000001:");
        p = put(p, cnonce, sizeof cnonce);
        p = put_text(p, ":auth");
    }
    *p++ = ':';
    p = put(p, w->ha2, sizeof w->ha2);
    md5_hex(w, text, (size_t)(p - text), response);
    if (said->wrong) {
        response[0] = response[0] == '0' ? '1' : '0';
    }

    out = put_text(out, "Authorization: Digest username=\"");
    out = put(out, user, sizeof user);
    out = put_text(out, "\",realm=\"");
    out = put_text(out, realm);
    out = put_text(out, "\",nonce=\"");
    out = put_text(out, nonce);
    out = put_text(out, "\",uri=\"sip:");
    out = put_text(out, w->o->domain);
    out = put_text(out, "\",algorithm=MD5,response=\"");
    out = put(out, response, sizeof response);
    if (*opaque) {
        out = put_text(out, "\",opaque=\"");
        out = put_text(out, opaque);
    }
    *out++ = '"';
    if (qop) {
        out = put_text(out, ",qop=auth,nc=00000001,cnonce=\"");
        out = put(out, cnonce, sizeof cnonce);
        *out++ = '"';
    }
    return put_text(out, "\r\n");
}

size_t writer_register(struct writer *w, const struct said *said, char *out)
{
    for (size_t i = 0; i < w->n_patches; i++) {
        char *at = w->text + w->patch[i].at;
        switch ((enum field)w->patch[i].what) {
        case BRANCH:
            put_hex(at, said->slot);
            put_hex(at + 8, said->gen);
            at[16] = (char)('0' + said->phase);
            break;
        case USER:
            put_number(at, USER_LEN, said->user);
            break;
        case CSEQ:
            put_number(at, CSEQ_LEN, CSEQ_BASE + said->cseq);
            break;
        case TAG:
            put_hex(at, said->user * 2654435761u);
            break;
        }
    }
    char *p = put(out, w->text, w->head);
    if (said->phase) {
        p = put_credentials(w, said, p);
    }
    p = put(p, w->text + w->head, w->len - w->head);
    return (size_t)(p - out);
}

void users_print(const struct options *o)
{
    struct writer w = {.md5 = EVP_MD_fetch(NULL, "MD5", NULL), .ctx = EVP_MD_CTX_new()};
    if (!w.md5 || !w.ctx) {
        die("MD5");
    }
    for (unsigned i = 0; i < o->users; i++) {
        uint32_t user = FIRST_USER + o->first + i;
        char secret[32];
        char hex[32];
        user_secret(user, secret);
        ha1_of(&w, user, o->realm, hex);
        printf("%u %s %.32s\n", user, secret, hex);
    }
    EVP_MD_free(w.md5);
    EVP_MD_CTX_free(w.ctx);
}

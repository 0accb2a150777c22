/* What a worker is told about one phone: proofs, keys and the rendered configuration, in one block of memory. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "app/hub/inside.h"
#include "app/hub/render.h"
#include "io/inventory/devices.h"
#include "io/inventory/inbox.h"
#include "io/tls/crypto.h"

enum { ETAG_BYTES = 12 };

static void hex(char *to, const uint8_t *from, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        to[2 * i] = digits[from[i] >> 4];
        to[2 * i + 1] = digits[from[i] & 15];
    }
    to[2 * n] = 0;
}

/* -- the block: texts stand behind the struct */

struct block {
    struct prov_device *d;
    char *at;
};

static struct str put(struct block *b, struct str s)
{
    char *at = b->at;
    if (s.len == 0) {
        return STR("");
    }
    memcpy(at, s.p, s.len);
    b->at += s.len;
    return str_of(at, s.len);
}

static void put_passwords(struct prov_device *d, const struct device_facts *f)
{
    for (size_t i = 0; i < f->n_passwords && i < PROV_PASSWORDS; i++) {
        const struct password_proof *p = &f->password[i];
        hex(d->password[i].md5, p->ha1_md5, sizeof p->ha1_md5);
        hex(d->password[i].sha256, p->ha1_sha256, sizeof p->ha1_sha256);
        d->password[i].until = p->expires ? p->expires : USEC_NONE;
    }
}

static struct prov_device *pack(struct mac mac, const struct device_facts *f, struct str plain,
                                struct str etag)
{
    char pass[2 * sizeof f->keys.aes + 1];
    struct str ikm = str_of((const char *)f->keys.ikm, sizeof f->keys.ikm);
    hex(pass, f->keys.aes, sizeof f->keys.aes);
    size_t len = f->device.model.len + f->device.serial.len + f->keys.url_key.len + plain.len +
                 etag.len + sizeof pass + ikm.len;
    struct prov_device *d = calloc(1, sizeof *d + len);
    if (d) {
        struct block b = {.d = d, .at = (char *)(d + 1)};
        d->mac = mac;
        d->known = true;
        d->id = (uint64_t)f->device.id;
        d->model = put(&b, f->device.model);
        d->serial = put(&b, f->device.serial);
        d->key = put(&b, f->keys.url_key);
        d->etag = put(&b, etag);
        d->pass = put(&b, str_z(pass));
        d->ikm = put(&b, ikm);
        d->secrets = f->n_lines > 0;
        if (plain.len) {
            d->plain = put(&b, plain);
        }
        put_passwords(d, f);
    }
    explicit_bzero(pass, sizeof pass);
    return d;
}

/* -- rendering */

static bool etag_of(struct str plain, char ret_etag[2 * ETAG_BYTES + 1])
{
    uint8_t digest[DIGEST_MOST];
    size_t len = 0;
    *ret_etag = 0;
    if (tls_crypto()->digest(DIGEST_SHA256, &plain, 1, digest, &len) != ERR_OK) {
        return false;
    }
    hex(ret_etag, digest, ETAG_BYTES);
    return true;
}

/* A phone without lines, for which nothing was ever published, is given nothing. */
static bool has_something(const struct device_facts *f)
{
    return f->n_lines > 0 || f->published_at != 0;
}

static struct prov_device *render(struct hub *h, struct mac mac, const struct device_facts *f,
                                  struct arena *a)
{
    struct render r;
    struct buf text = {.limit = 4 * 1024 * 1024};
    struct sink out = buf_sink(&text);
    char etag[2 * ETAG_BYTES + 1] = "";
    struct prov_device *d = NULL;
    if (has_something(f)) {
        size_t n = 0;
        struct profile_value *v =
            render_values(&h->cfg, f, a, &r) == ERR_OK ? render_holding(&r, a, &n) : NULL;
        if (!v) {
            return NULL;
        }
        profile_write(v, n, &out);
    }
    if (out.err == ERR_OK && (text.len == 0 || etag_of(buf_str(&text), etag))) {
        d = pack(mac, f, buf_str(&text), str_z(etag));
    }
    if (text.p) {
        explicit_bzero(text.p, text.len);
    }
    buf_clear(&text);
    return d;
}

/* -- who asks */

static struct actor phone(struct hub *h, const struct prov_question *q, char room[64],
                          char source[ADDR_TEXT])
{
    char mac[MAC_TEXT];
    mac_write(q->mac, mac);
    (void)snprintf(room, 64, "phone:%s", mac);
    return (struct actor){
        .who = str_z(room), .source = addr_write(q->source, source), .now = hub_date(h)};
}

static void redeem(struct hub *h, struct prov_question *q)
{
    char who[64], source[ADDR_TEXT];
    const struct actor actor = phone(h, q, who, source);
    struct refusal why;
    int64_t id = 0;
    q->code_taken = inventory_code_use(h->inv, &actor, str_z(q->code), q->mac, str_z(q->serial),
                                       &id, &why) == ERR_OK;
    if (q->code_taken) {
        hub_spread(h, NULL);
        return;
    }
    q->code_why = why.code == REFUSAL_SPENT      ? "code-used"
                  : why.code == REFUSAL_EXPIRED  ? "code-expired"
                  : why.code == REFUSAL_MAC_USED ? "code-used"
                                                 : "code-unknown";
}

static void to_inbox(struct hub *h, const struct prov_question *q)
{
    char source[ADDR_TEXT];
    const struct unknown_phone u = {.proven = true,
                                    .mac = q->mac,
                                    .has_mac = true,
                                    .source = addr_write(q->source, source),
                                    .model = str_z(q->model),
                                    .serial = str_z(q->serial),
                                    .how = STR("https"),
                                    .verdict = STR("valid")};
    hub_unknown(h, &u);
}

void hub_unknown(struct hub *h, const struct unknown_phone *u)
{
    if (inventory_unknown_seen(h->inv, u, hub_date(h))) {
        events_push(h, "unknown.added", STR("{}"));
    }
}

struct prov_device *hub_prov_device(struct hub *h, struct prov_question *q)
{
    struct arena a;
    struct device_facts f;
    struct refusal why;
    struct prov_device *d = NULL;
    int64_t id = 0;
    if (*q->code && q->proven) {
        redeem(h, q);
    }
    if (!inventory_device_of_mac(h->inv, q->mac, &id)) {
        if (q->proven) {
            to_inbox(h, q);
        }
        d = calloc(1, sizeof *d);
        if (d) {
            d->mac = q->mac;
        }
        return d;
    }
    arena_init(&a, 0);
    if (inventory_device_facts(h->inv, id, false, hub_date(h), &a, &f, &why) == ERR_OK) {
        if (f.device.serial.len == 0 && q->proven && *q->serial) {
            hub_note(h, inventory_device_serial(h->inv, id, str_z(q->serial), &why));
        }
        d = render(h, q->mac, &f, &a);
        device_facts_wipe(&f);
    }
    arena_clear(&a);
    return d;
}

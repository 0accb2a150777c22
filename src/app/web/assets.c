/* Files of share/ as pages. */
#include "app/web/assets.h"

#include <stdio.h>
#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "io/tls/crypto.h"
#include "share/share.h"

enum { ETAG_BYTES = 12, SMALL = 512 /* bytes that are not worth compressing */ };

struct asset {
    struct str name; /* "/app.js" is "app.js" */
    struct str body;
    char *gzip; /* owned; NULL: none */
    size_t gzip_len;
    const char *type;
    char etag[2 * ETAG_BYTES + 3];
};

struct web_assets {
    size_t n;
    struct asset asset[];
};

static const struct {
    const char *end, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".json", "application/json"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char *type_of(struct str name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (str_ends(name, str_z(types[i].end))) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

/* gzip (RFC 1952); none where it is no shorter, or without memory. */
static void asset_compress(struct asset *a)
{
    struct str s = a->body;
    z_stream z = {.next_in = NULL};
    if (s.len < SMALL || deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
        return;
    }
    size_t cap = deflateBound(&z, (uLong)s.len);
    unsigned char *p = malloc(cap);
    z.next_in = (const unsigned char *)s.p;
    z.avail_in = (uInt)s.len;
    z.next_out = p;
    z.avail_out = (uInt)cap;
    bool ok = p && deflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out < s.len;
    a->gzip_len = z.total_out;
    (void)deflateEnd(&z);
    if (ok) {
        a->gzip = (char *)p;
    } else {
        free(p);
    }
}

static enum err asset_make(struct asset *a, const struct share_file *f, size_t below)
{
    uint8_t digest[DIGEST_MOST];
    size_t len = 0;
    a->name = str_z(f->name + below);
    a->body = str_of(f->data, f->len);
    a->type = type_of(a->name);
    enum err e = tls_crypto()->digest(DIGEST_SHA256, &a->body, 1, digest, &len);
    if (e != ERR_OK) {
        return e;
    }
    char *p = a->etag;
    *p++ = '"';
    for (size_t i = 0; i < ETAG_BYTES; i++, p += 2) {
        snprintf(p, 3, "%02x", digest[i]);
    }
    memcpy(p, "\"", 2);
    asset_compress(a);
    return ERR_OK;
}

enum err web_assets_new(const char *below, struct web_assets **ret)
{
    size_t n = 0;
    struct str start = str_z(below);
    for (size_t i = 0; i < share_files_n; i++) {
        n += str_starts(str_z(share_files[i].name), start);
    }
    struct web_assets *a = calloc(1, sizeof *a + n * sizeof a->asset[0]);
    if (!a) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < share_files_n; i++) {
        if (!str_starts(str_z(share_files[i].name), start)) {
            continue;
        }
        enum err e = asset_make(&a->asset[a->n++], &share_files[i], start.len);
        if (e != ERR_OK) {
            web_assets_free(a);
            return e;
        }
    }
    *ret = a;
    return ERR_OK;
}

void web_assets_free(struct web_assets *a)
{
    if (a) {
        for (size_t i = 0; i < a->n; i++) {
            free(a->asset[i].gzip);
        }
        free(a);
    }
}

/* The one called `name`; they stand in the order of their names. */
static const struct asset *find(const struct web_assets *a, struct str name)
{
    size_t low = 0;
    size_t high = a->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = str_cmp(a->asset[mid].name, name);
        if (order == 0) {
            return &a->asset[mid];
        }
        low = order < 0 ? mid + 1 : low;
        high = order < 0 ? high : mid;
    }
    return NULL;
}

static struct str name_of(struct str path)
{
    size_t last = path.len;
    while (last > 0 && path.p[last - 1] != '/') {
        last--;
    }
    bool page = str_chr(str_from(path, last), '.') == STR_NPOS;
    return page ? STR("index.html") : str_from(path, 1);
}

bool web_assets_answer(const struct web_assets *a, struct web_exchange *x)
{
    const struct asset *s = find(a, name_of(web_path(x)));
    if (!s) {
        return false;
    }
    if (web_method(x) != HTTP_GET) {
        web_answer(x, &(struct web_answer){.status = 405,
                                           .type = "text/plain; charset=utf-8",
                                           .fields = STR("Allow: GET, HEAD\r\n"),
                                           .body = STR("405 Method Not Allowed\n")});
        return true;
    }
    bool fixed = str_starts(web_query(x), STR("v="));
    web_answer(x,
               &(struct web_answer){
                   .status = 200,
                   .type = s->type,
                   .etag = str_z(s->etag),
                   .fields = fixed ? STR("Cache-Control: public, max-age=31536000, immutable\r\n")
                                   : STR("Cache-Control: no-cache\r\n"),
                   .body = s->body,
                   .gzip = str_of(s->gzip, s->gzip ? s->gzip_len : 0),
                   .release = web_constant});
    return true;
}

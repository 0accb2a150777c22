/* The master key's file; sealing and opening. */
#include "io/inventory/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT = 2 * KEY_BYTES };

void random_bytes(uint8_t *to, size_t n)
{
    while (n) {
        ssize_t got = getrandom(to, n < 256 ? n : 256, 0);
        if (got < 0 && errno != EINTR) {
            abort();
        }
        to += got > 0 ? got : 0;
        n -= got > 0 ? (size_t)got : 0;
    }
}

void random_word(char *to, size_t n)
{
    static const char letters[] = "23456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
    enum { LETTERS = sizeof letters - 1, FAIR = 256 / LETTERS * LETTERS };
    uint8_t b[64];
    size_t at = sizeof b;
    for (size_t i = 0; i < n; at++) {
        if (at == sizeof b) {
            random_bytes(b, sizeof b);
            at = 0;
        }
        if (b[at] < FAIR) {
            to[i++] = letters[b[at] % LETTERS];
        }
    }
    explicit_bzero(b, sizeof b);
    to[n] = 0;
}

void random_token(char to[44])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t b[43];
    random_bytes(b, sizeof b);
    b[42] &= 0x3c; /* 42 letters of six bits, four more bits: 256 */
    for (size_t i = 0; i < sizeof b; i++) {
        to[i] = letters[b[i] & 0x3f];
    }
    to[43] = 0;
}

void hex_write(const uint8_t *b, size_t n, char *to)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        to[2 * i] = digits[b[i] >> 4];
        to[2 * i + 1] = digits[b[i] & 15];
    }
    to[2 * n] = 0;
}

/* -- the file */

static enum err because(const char *path, char ret_why[KEY_WHY])
{
    int why = errno;
    (void)snprintf(ret_why, KEY_WHY, "%.160s: %.80s", path, strerror(why));
    return why == ENOENT ? ERR_MISSING : ERR_IO;
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t put = write(fd, p, n);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        p += put > 0 ? put : 0;
        n -= put > 0 ? (size_t)put : 0;
    }
    return fsync(fd) == 0;
}

/* The folder too: a key that a crash takes away again makes every secret worthless. */
static bool sync_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int n = slash ? snprintf(folder, sizeof folder, "%.*s/", (int)(slash - path), path)
                  : snprintf(folder, sizeof folder, ".");
    int fd =
        n > 0 && (size_t)n < sizeof folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return ok;
}

static enum err make_file(const char *path, char ret_why[KEY_WHY])
{
    uint8_t b[KEY_BYTES];
    char text[TEXT + 2];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return because(path, ret_why);
    }
    random_bytes(b, sizeof b);
    hex_write(b, sizeof b, text);
    text[TEXT] = '\n';
    bool ok = write_all(fd, text, TEXT + 1) && sync_folder(path);
    enum err e = ok ? ERR_OK : because(path, ret_why);
    explicit_bzero(b, sizeof b);
    explicit_bzero(text, sizeof text);
    (void)close(fd);
    if (e != ERR_OK) {
        (void)unlink(path);
    }
    return e;
}

static bool open_to_others(const struct stat *st)
{
    bool group = st->st_uid == geteuid() && (st->st_mode & S_IRWXG);
    return (st->st_mode & S_IRWXO) || group;
}

static enum err read_file(const char *path, uint8_t ret[KEY_BYTES], char ret_why[KEY_WHY])
{
    struct stat st;
    char text[TEXT + 8];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return because(path, ret_why);
    }
    ssize_t n = fstat(fd, &st) == 0 ? read(fd, text, sizeof text) : -1;
    enum err e = n < 0 ? because(path, ret_why) : ERR_OK;
    (void)close(fd);
    struct str s = str_trim(str_of(text, n > 0 ? (size_t)n : 0));
    bool is_key = s.len == TEXT;
    for (size_t i = 0; is_key && i < KEY_BYTES; i++) {
        int high = ascii_hex(s.p[2 * i]), low = ascii_hex(s.p[2 * i + 1]);
        is_key = high >= 0 && low >= 0;
        ret[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    explicit_bzero(text, sizeof text);
    if (e == ERR_OK && open_to_others(&st)) {
        (void)snprintf(ret_why, KEY_WHY, "%.160s can be read by others: chmod 600 it", path);
        return ERR_MALFORMED;
    }
    if (e == ERR_OK && !is_key) {
        (void)snprintf(ret_why, KEY_WHY, "%.160s is no master key (64 hexadecimal digits)", path);
        return ERR_MALFORMED;
    }
    return e;
}

static bool derive(struct key *k, struct str master)
{
    size_t len = 0;
    uint8_t mac[HMAC_MOST];
    const struct str seal = STR("dialtone seal"), code = STR("dialtone code");
    bool ok = k->crypto->hmac(HMAC_SHA256, master, &seal, 1, mac, &len) == ERR_OK;
    memcpy(k->seal, mac, KEY_BYTES);
    ok = ok && k->crypto->hmac(HMAC_SHA256, master, &code, 1, mac, &len) == ERR_OK;
    memcpy(k->code, mac, KEY_BYTES);
    explicit_bzero(mac, sizeof mac);
    return ok;
}

enum err key_open(const char *path, const struct crypto *crypto, bool make, struct key *ret,
                  char ret_why[KEY_WHY])
{
    uint8_t master[KEY_BYTES];
    enum err e = read_file(path, master, ret_why);
    if (e == ERR_MISSING && make) {
        e = make_file(path, ret_why);
        e = e == ERR_OK ? read_file(path, master, ret_why) : e;
    }
    if (e == ERR_OK) {
        *ret = (struct key){.crypto = crypto};
        if (!derive(ret, str_of((const char *)master, KEY_BYTES))) {
            (void)snprintf(ret_why, KEY_WHY, "the library for HMAC-SHA256 refuses");
            e = ERR_IO;
        }
    }
    explicit_bzero(master, sizeof master);
    return e;
}

void key_wipe(struct key *k)
{
    explicit_bzero(k, sizeof *k);
}

/* -- sealing */

enum { BOUND = 64 };

static struct str bound_to(const char *what, int64_t id, char room[BOUND])
{
    int n = snprintf(room, BOUND, "%s:%lld", what, (long long)id);
    return str_of(room, (size_t)n);
}

struct str key_seal(const struct key *k, const char *what, int64_t id, struct str plain,
                    struct arena *a)
{
    char room[BOUND];
    size_t len = plain.len + SEAL_MORE;
    uint8_t *to = arena_room(a, len);
    if (!to) {
        return (struct str){0};
    }
    random_bytes(to, AEAD_NONCE);
    enum err e = k->crypto->aead_seal(AEAD_AES_256_GCM, str_of((const char *)k->seal, KEY_BYTES),
                                      str_of((const char *)to, AEAD_NONCE),
                                      bound_to(what, id, room), plain, to + AEAD_NONCE);
    return e == ERR_OK ? str_of((const char *)to, len) : (struct str){0};
}

enum err key_open_sealed(const struct key *k, const char *what, int64_t id, struct str sealed,
                         struct arena *a, struct str *ret_plain)
{
    char room[BOUND];
    if (sealed.len < SEAL_MORE) {
        return ERR_MALFORMED;
    }
    size_t len = sealed.len - SEAL_MORE;
    uint8_t *to = arena_room(a, len + 1);
    if (!to) {
        return ERR_MEMORY;
    }
    enum err e = k->crypto->aead_open(AEAD_AES_256_GCM, str_of((const char *)k->seal, KEY_BYTES),
                                      str_head(sealed, AEAD_NONCE), bound_to(what, id, room),
                                      str_from(sealed, AEAD_NONCE), to);
    if (e == ERR_OK) {
        *ret_plain = str_of((const char *)to, len);
    }
    return e;
}

enum err key_hash(const struct key *k, struct str text, uint8_t ret[32])
{
    size_t len = 0;
    uint8_t mac[HMAC_MOST];
    enum err e =
        k->crypto->hmac(HMAC_SHA256, str_of((const char *)k->code, KEY_BYTES), &text, 1, mac, &len);
    if (e == ERR_OK) {
        memcpy(ret, mac, 32);
    }
    return e;
}

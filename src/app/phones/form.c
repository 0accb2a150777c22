/* Forms of problem reports. */
#include "app/phones/form.h"

bool form_init(struct form *f, struct str content_type)
{
    *f = (struct form){.parts = str_istarts(content_type, STR("multipart/"))};
    f->file = f->in_file = !f->parts;
    return !f->parts || multipart_init(&f->reader, content_type) == ERR_OK;
}

static void add(char word[FORM_WORD], struct str s)
{
    size_t at = strlen(word);
    size_t n = s.len < FORM_WORD - 1 - at ? s.len : FORM_WORD - 1 - at;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        word[at + i] = c < ' ' || c == 0x7f ? '?' : s.p[i];
    }
    word[at + n] = 0;
}

/* What stands behind the last slash, of either kind. */
static struct str without_folders(struct str s)
{
    for (size_t i = s.len; i > 0; i--) {
        if (s.p[i - 1] == '/' || s.p[i - 1] == '\\') {
            return str_from(s, i);
        }
    }
    return s;
}

static void begin(struct form *f)
{
    const struct multipart_part *p = &f->reader.part;
    f->into = str_eq(p->name, STR("devicename")) ? f->device
              : str_eq(p->name, STR("serialno")) ? f->serial
              : str_eq(p->name, STR("username")) ? f->username
                                                 : NULL;
    f->in_file = !f->file && str_eq(p->name, STR("prt_file"));
    if (f->in_file) {
        f->file = true;
        add(f->name, without_folders(p->filename));
    }
}

bool form_take(struct form *f, struct str bytes, void (*keep)(void *ctx, struct str bytes),
               void *ctx)
{
    struct err_at at;
    enum err e = ERR_OK;
    if (!f->parts) {
        keep(ctx, bytes);
        return true;
    }
    while (e == ERR_OK) {
        enum multipart_event event = MULTIPART_END;
        struct str data;
        e = multipart_next(&f->reader, &bytes, &event, &data, &at);
        if (e == ERR_OK && event == MULTIPART_PART) {
            begin(f);
        } else if (e == ERR_OK && event == MULTIPART_DATA && f->in_file) {
            keep(ctx, data);
        } else if (e == ERR_OK && event == MULTIPART_DATA && f->into) {
            add(f->into, data);
        }
    }
    return e == ERR_MORE || e == ERR_END;
}

static void unquote(char word[FORM_WORD])
{
    size_t len = strlen(word);
    if (len >= 2 && word[0] == '"' && word[len - 1] == '"') {
        memmove(word, word + 1, len - 2);
        word[len - 2] = 0;
    }
}

bool form_whole(struct form *f)
{
    unquote(f->device);
    unquote(f->serial);
    unquote(f->username);
    return f->file && (!f->parts || multipart_whole(&f->reader));
}

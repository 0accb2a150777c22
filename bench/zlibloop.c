/* The bare cost of decompression: zlib's inflate over gzip files, and nothing done with the bytes.
 *
 *     zlibloop FILE.gz... */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

static int inflate_file(int fd, unsigned long long *total)
{
    static unsigned char in[65536];
    static unsigned char out[65536];
    z_stream z = {0};
    int e = inflateInit2(&z, 15 + 16);
    for (ssize_t n; e == Z_OK && (n = read(fd, in, sizeof in)) > 0;) {
        z.next_in = in;
        z.avail_in = (unsigned)n;
        do {
            z.next_out = out;
            z.avail_out = sizeof out;
            e = inflate(&z, Z_NO_FLUSH);
            *total += sizeof out - z.avail_out;
            e = e == Z_BUF_ERROR ? Z_OK : e; /* the block before ended with the output's */
        } while (e == Z_OK && z.avail_out == 0);
    }
    inflateEnd(&z);
    return e == Z_STREAM_END ? 0 : 1;
}

int main(int argc, char **argv)
{
    unsigned long long total = 0;
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY);
        if (fd < 0 || inflate_file(fd, &total) != 0) {
            perror(argv[i]);
            return 1;
        }
        close(fd);
    }
    printf("%llu\n", total);
    return 0;
}

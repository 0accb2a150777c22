/* The floor of reading a capture: its record headers, one by one, and nothing else.
 *
 *     pcapwalk FILE        a pcap of this machine's byte order; prints how many packets it has */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 256 << 10, HEADER = 24, RECORD = 16 };

int main(int argc, char **argv)
{
    int fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    char *block = malloc(BLOCK);
    size_t have = 0;
    size_t skip = HEADER;
    unsigned long packets = 0;
    if (fd < 0 || !block) {
        fprintf(stderr, "usage: pcapwalk FILE\n");
        free(block);
        return 2;
    }
    for (ssize_t n; (n = read(fd, block + have, BLOCK - have)) > 0;) {
        size_t at = 0;
        have += (size_t)n;
        while (have - at >= skip + RECORD) {
            uint32_t len;
            memcpy(&len, block + at + skip + 8, sizeof len);
            at += skip + RECORD;
            skip = len;
            packets++;
        }
        size_t passed = skip < have - at ? skip : have - at;
        skip -= passed;
        at += passed;
        memmove(block, block + at, have - at);
        have -= at;
    }
    printf("%lu\n", packets);
    close(fd);
    free(block);
    return 0;
}

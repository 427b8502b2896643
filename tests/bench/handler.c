/*
 * handler: what tcpserver(1) starts for each connection. A byte from standard input goes to
 * standard output plus one.
 */
#include <unistd.h>

int main(void)
{
    unsigned char byte;

    if (read(STDIN_FILENO, &byte, 1) != 1)
        return 1;
    byte++;
    return write(STDOUT_FILENO, &byte, 1) == 1 ? 0 : 1;
}

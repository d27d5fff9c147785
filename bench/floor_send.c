/* The floor for sending: whatever the newest socket says is sent to all the others, one send()
   each. No handshake, no rights, no board. It prints its port, then: floor_send SCREENS */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int next_in(int listening) {
    int one = 1, sock = accept(listening, NULL, NULL);
    if (sock < 0) exit(1);
    setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return sock;
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    int screens = atoi(arguments[1]), listening = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    if (bind(listening, (struct sockaddr *)&here, size) || listen(listening, 4096)) return 1;
    getsockname(listening, (struct sockaddr *)&here, &size);
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);

    int *socks = calloc(screens, sizeof *socks);
    for (int i = 0; i < screens; i++) socks[i] = next_in(listening);
    int speaker = next_in(listening);
    static char frame[1 << 16];
    ssize_t length;
    while ((length = recv(speaker, frame, sizeof frame, 0)) > 0)
        for (int i = 0; i < screens; i++)
            if (send(socks[i], frame, length, MSG_NOSIGNAL) != length) return 1;
    pause(); /* until we are ended: the sockets stay open */
}

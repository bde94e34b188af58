/* Not Docker: what the tests put in the place of docker.exe, of which there is none for Wine. It hands its arguments,
 * folder, environment and standard input to relay.py on 127.0.0.1:BLUEGREEN_LAB_RELAY, which runs the Linux docker
 * with them, and brings back what that writes, and its exit status. When it is killed, the connection breaks, and relay.py kills the
 * Linux docker, as Windows would have killed the real one. */
#include <winsock2.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>

static SOCKET relay;

static void fail(const char *what) {
    fprintf(stderr, "the tests' docker.exe: %s (error %d)\n", what, WSAGetLastError());
    exit(125);
}

static void send_bytes(const char *bytes, int length) {
    for (int sent = 0; sent < length;) {
        int count = send(relay, bytes + sent, length - sent, 0);
        if (count <= 0) fail("cannot send");
        sent += count;
    }
}

static void send_text(const wchar_t *text) { /* as UTF-8, with the 0 at its end */
    char utf8[32768];
    send_bytes(utf8, WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL));
}

static void send_input(void) { /* all of it: the number of bytes, the bytes */
    HANDLE from = GetStdHandle(STD_INPUT_HANDLE);
    char *bytes = NULL;
    DWORD room = 0, length = 0, count;
    do {
        if (length == room && !(bytes = realloc(bytes, room += 65536))) fail("no memory");
        if (!ReadFile(from, bytes + length, room - length, &count, NULL)) count = 0; /* its end */
        length += count;
    } while (count);
    unsigned int number = htonl(length);
    send_bytes((char *)&number, sizeof number);
    send_bytes(bytes, length);
}

static void receive(char *buffer, int length) {
    for (int got = 0; got < length;) {
        int count = recv(relay, buffer + got, length - got, 0);
        if (count <= 0) fail("the relay hung up");
        got += count;
    }
}

int wmain(int argc, wchar_t **argv, wchar_t **environment) {
    WSADATA data;
    wchar_t text[32768];
    const char *port = getenv("BLUEGREEN_LAB_RELAY");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons(port ? atoi(port) : 0);
    WSAStartup(MAKEWORD(2, 2), &data);
    relay = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(relay, (struct sockaddr *)&address, sizeof address)) fail("no relay");

    _snwprintf(text, 32768, L"%d", argc - 1);
    send_text(text);
    for (int i = 1; i < argc; i++) send_text(argv[i]);
    GetCurrentDirectoryW(32768, text);
    send_text(text);
    for (; *environment; environment++) send_text(*environment);
    send_text(L"");
    send_input();

    for (;;) { /* a letter, the number of bytes, the bytes: o and e for the two outputs, x for the exit status */
        char kind, bytes[65536];
        unsigned int length;
        receive(&kind, 1);
        receive((char *)&length, 4);
        length = ntohl(length);
        receive(bytes, length);
        if (kind == 'x') return atoi(bytes);
        HANDLE to = GetStdHandle(kind == 'o' ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
        DWORD written;
        WriteFile(to, bytes, length, &written, NULL);
    }
}

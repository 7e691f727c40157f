/* The host, told apart from others that share a folder with it. */
#ifndef HOST_H
#define HOST_H

enum { HOST_NAME = 33 };

/*
 * Writes what stands for this host, 32 characters and a NUL, the same after each boot: a hash of /etc/machine-id (machine-id(5) asks not
 * to show that itself), or of the host's name where there is no such file.
 */
void host_name(char name[HOST_NAME]);

#endif

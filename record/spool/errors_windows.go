package spool

import "syscall"

// temporary are the errors that space ends, and those of a program that looks at the file while it is written.
var temporary = []syscall.Errno{
	32,   // ERROR_SHARING_VIOLATION
	33,   // ERROR_LOCK_VIOLATION
	39,   // ERROR_HANDLE_DISK_FULL
	112,  // ERROR_DISK_FULL
	1295, // ERROR_DISK_QUOTA_EXCEEDED
	1450, // ERROR_NO_SYSTEM_RESOURCES
}

// broken are those of a network disk that was away and of a disk that is plugged in again.
var broken = []syscall.Errno{
	19,   // ERROR_WRITE_PROTECT
	21,   // ERROR_NOT_READY
	23,   // ERROR_CRC
	53,   // ERROR_BAD_NETPATH
	55,   // ERROR_DEV_NOT_EXIST
	59,   // ERROR_UNEXP_NET_ERR
	64,   // ERROR_NETNAME_DELETED
	121,  // ERROR_SEM_TIMEOUT
	1117, // ERROR_IO_DEVICE
	1167, // ERROR_DEVICE_NOT_CONNECTED
}

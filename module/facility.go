package module

import "strings"

// LogFacility returns the number of a facility of syslog(3): LOG_LOCAL0 or LOCAL0.
func LogFacility(name string) (number int, ok bool) {
	number, ok = facilities[strings.TrimPrefix(name, "LOG_")]
	return number, ok
}

var facilities = map[string]int{
	"KERN": 0, "USER": 1, "MAIL": 2, "DAEMON": 3, "AUTH": 4, "SYSLOG": 5, "LPR": 6, "NEWS": 7,
	"UUCP": 8, "CRON": 9, "AUTHPRIV": 10, "FTP": 11, "LOCAL0": 16, "LOCAL1": 17, "LOCAL2": 18,
	"LOCAL3": 19, "LOCAL4": 20, "LOCAL5": 21, "LOCAL6": 22, "LOCAL7": 23,
}

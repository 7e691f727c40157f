#!/bin/busybox ash
# The form of bench/measure.py as a CGI script for BusyBox's ash. DATA is the folder; it appends to a file a day; DURABLE=yes flushes
# before the answer. Each applet is a process, so the shell does what it can itself. Debian's BusyBox has no flock, so util-linux's locks.
set -f

answer()
{
	printf 'Status: %s\r\n%sContent-Type: text/html; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n\r\n' "$1" "$4"
	printf '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>%s</title>\n%s\n</html>\n' "$2" "$3"
	exit 0
}

# Gives in $value what the text says in plain. httpd -d takes + for itself.
decode()
{
	case $1 in
	*%*) value=$(busybox httpd -d "${1//+/ }") ;;
	*) value=${1//+/ } ;;
	esac
}

# Gives in $quoted the text as JSON has it; of control characters, line ends alone are taken.
quote()
{
	quoted=${1//\\/\\\\}
	quoted=${quoted//\"/\\\"}
	quoted=${quoted//$'\r'/\\r}
	quoted=\"${quoted//$'\n'/\\n}\"
}

# check NAME REQUIRED MOST VALUE
check()
{
	case $4 in
	'') [ "$2" = no ] || faults="$faults<li>$1: please fill this in.</li>" && return ;;
	*[$'\001'-$'\010'$'\016'-$'\037']*) faults="$faults<li>$1: plain text, please.</li>" && return ;;
	esac
	[ ${#4} -le "$3" ] || faults="$faults<li>$1: no more than $3 characters, please.</li>"
	[ "$1" = website ] && spam=',"spam":"trap"' && return
	quote "$4"
	fields="$fields${fields:+,}\"$1\":$quoted"
}

[ "$REQUEST_METHOD" = POST ] || answer '405 Method Not Allowed' 'Method not allowed' '<p>Please post to this form.</p>' "Allow: POST
"
[ "$CONTENT_LENGTH" -le 1048576 ] || answer '413 Content Too Large' 'Too much' '<p>This is too much.</p>'
IFS= read -r -n "$CONTENT_LENGTH" body
IFS='&'
for pair in $body; do
	decode "${pair#*=}"
	case ${pair%%=*} in
	name) name=$value ;;
	email) email=$value ;;
	topic) topic=$value ;;
	message) message=$value ;;
	website) website=$value ;;
	esac
done
check name yes 100 "$name"
check email yes 254 "$email"
check topic no 20 "$topic"
check message yes 5000 "$message"
check website no 200 "$website"
case $email in
'' | *[!a-zA-Z0-9_.!#$%\&\'*+/=?^\`{\|}~@-]* | *@*@* | @* | *@ | *@.* | *@*..* | *. ) faults="$faults<li>email: this is no e-mail address.</li>" ;;
*@*) ;;
*) faults="$faults<li>email: this is no e-mail address.</li>" ;;
esac
case $topic in
'' | sales | support | other) ;;
*) faults="$faults<li>topic: please choose one.</li>" ;;
esac
[ -z "$faults" ] || answer '422 Unprocessable Content' 'Please check' "<ul>$faults</ul>"
id=$(busybox head -c 15 /dev/urandom | busybox xxd -p)
now=$(busybox date -u +%Y-%m-%dT%H:%M:%SZ)
log=$DATA/${now%%T*}.jsonl
quote "$HTTP_USER_AGENT"
line="{\"id\":\"$id\",\"form\":\"contact\",\"received\":\"$now\",\"fields\":{$fields},\"files\":[],\"client\":{\"address\":\"$REMOTE_ADDR\",\"agent\":$quoted}$spam}"
{
	flock 9 && printf '%s\n' "$line" >&9 && flock -u 9 && { [ "$DURABLE" != yes ] || busybox dd conv=fsync </dev/null >&9 2>/dev/null; }
} 9>>"$log" ||
	answer '503 Service Unavailable' 'Not kept' '<p>Your message was not kept. Please try again later.</p>'
location="http://$HTTP_HOST$SCRIPT_NAME/contact/$id"
answer '303 See Other' 'See other' "<p>What you are looking for is here: <a href=\"$location\">$location</a></p>" "Location: $location
"

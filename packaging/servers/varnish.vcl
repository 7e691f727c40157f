# Varnish between something that does TLS, such as HAProxy with tls-haproxy.cfg, and the web server on 127.0.0.1:8080 that serves seeother.
# In config.ini:
#   proxies = 127.0.0.1
# seeother's answers say themselves what may be cached. Passing them keeps conditions, ranges and HEAD as the client sent them.
vcl 4.1;

backend default {
    .host = "127.0.0.1";
    .port = "8080";
    .first_byte_timeout = 60s;
}

sub vcl_recv {
    if (req.url ~ "^/([^?]*/)?seeother(\.cgi)?(/|\?|$)") {
        return (pass);
    }
}

# BusyBox httpd, uWSGI and civetweb close connections without saying so; a second request on one would be answered 503.
sub vcl_backend_fetch {
    set bereq.http.Connection = "close";
}

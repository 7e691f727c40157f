-- Posts the form by wrk: BODY in the environment; without one it asks with GET. Prints requests a second, median and 99th percentile in
-- µs, failures, and how many there were.
if os.getenv("BODY") then
	wrk.method = "POST"
	wrk.body = os.getenv("BODY")
	wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end

function done(summary, latency)
	local errors = summary.errors
	print("figures", summary.requests * 1e6 / summary.duration, latency:percentile(50), latency:percentile(99),
		errors.connect + errors.read + errors.write + errors.status + errors.timeout, summary.requests)
end

-- The form of bench/measure.py in Lua, within nginx: DATA is the folder; it appends to a file a day; DURABLE=yes flushes before the
-- answer. nginx's process waits for the flush, as there is nothing in it that would do that elsewhere.
local ffi = require "ffi"
local json = require "cjson.safe"
ffi.cdef [[
int open(const char *path, int flags, ...);
int flock(int file, int operation);
long write(int file, const void *bytes, size_t n);
int fdatasync(int file);
int close(int file);
]]
local C, O_WRONLY, O_CREAT, O_APPEND, LOCK_EX, LOCK_UN = ffi.C, 1, 64, 1024, 2, 8
local folder, durable = os.getenv("DATA"), os.getenv("DURABLE") == "yes"
local checks = {{"name", true, 100}, {"email", true, 254}, {"topic", false, 20}, {"message", true, 5000}, {"website", false, 200}}
local random = io.open("/dev/urandom", "rb")
local log, log_day = -1, ""

local function answer(status, title, text)
	ngx.status = status
	ngx.header["Content-Type"] = "text/html; charset=utf-8"
	ngx.header["X-Content-Type-Options"] = "nosniff"
	ngx.print('<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>', title, "</title>\n", text, "\n</html>\n")
	return ngx.exit(ngx.OK)
end

local function length(text)
	return ngx.re.match(text, "^", "jou") and select(2, text:gsub("[^\128-\191]", ""))
end

local function check(args, fields)
	local faults = {}
	for _, each in ipairs(checks) do
		local name, required, most = each[1], each[2], each[3]
		local value = args[name] or ""
		local n = type(value) == "string" and length(value)
		if not n then
			faults[#faults + 1] = name .. ": one text in UTF-8, please."
		elseif n > most then
			faults[#faults + 1] = name .. ": no more than " .. most .. " characters, please."
		elseif n > 0 then
			fields[name] = value
		elseif required then
			faults[#faults + 1] = name .. ": please fill this in."
		end
	end
	if fields.email and not ngx.re.match(fields.email, [[\A[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\z]], "jo") then
		faults[#faults + 1] = "email: this is no e-mail address."
	end
	if fields.topic and fields.topic ~= "sales" and fields.topic ~= "support" and fields.topic ~= "other" then
		faults[#faults + 1] = "topic: please choose one."
	end
	return faults
end

local function keep(line, day)
	if day ~= log_day then
		if log >= 0 then
			C.close(log)
		end
		log, log_day = C.open(folder .. "/" .. day .. ".jsonl", O_WRONLY + O_CREAT + O_APPEND, ffi.cast("int", 416)), day
	end
	if log < 0 or C.flock(log, LOCK_EX) < 0 then
		return false
	end
	local written = C.write(log, line, #line) == #line
	return C.flock(log, LOCK_UN) == 0 and written and (not durable or C.fdatasync(log) == 0)
end

local function form()
	if ngx.req.get_method() ~= "POST" then
		ngx.header["Allow"] = "POST"
		return answer(405, "Method not allowed", "<p>Please post to this form.</p>")
	end
	ngx.req.read_body()
	local args = ngx.req.get_post_args(100)
	if not args then
		return answer(400, "Bad request", "<p>This can't be read.</p>")
	end
	local fields = {}
	local faults = check(args, fields)
	if #faults > 0 then
		return answer(422, "Please check", "<ul><li>" .. table.concat(faults, "</li><li>") .. "</li></ul>")
	end
	local spam = fields.website and "trap" or nil
	fields.website = nil
	local id = random:read(15):gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)
	local now = ngx.now()
	local day = os.date("!%Y-%m-%d", now)
	local line = json.encode({id = id, form = "contact", fields = fields, spam = spam,
		received = day .. os.date("!T%H:%M:%S", now) .. (".%03dZ"):format(now % 1 * 1000),
		client = {address = ngx.var.remote_addr, agent = ngx.var.http_user_agent}})
	if not line or not keep(line:sub(1, -2) .. ',"files":[]}\n', day) then
		return answer(503, "Not kept", "<p>Your message was not kept. Please try again later.</p>")
	end
	local location = "http://" .. ngx.var.http_host .. "/seeother/contact/" .. id
	local link = location:gsub("[&<>\"]", {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;"})
	ngx.header["Location"] = location
	return answer(303, "See other", '<p>What you are looking for is here: <a href="' .. link .. '">' .. link .. "</a></p>")
end

return form

-- Links of the documents, as they are on the site: NAME.md becomes NAME.html, a manual has a page too. What has no page loses its link.
local texts = { NEWS = "NEWS.txt", LICENSE = "LICENSE.txt" }

local function target_of(target)
	if target:match("^%a+:") or target:match("^#") or target:match("%.html$") then
		return target
	end
	local path, fragment = target:match("^([^#]*)(#?.*)$")
	local name = path:match("([^/]+)$") or ""
	local is_document = not path:match("/") or path:match("^docs/[^/]+$") or path:match("^%.%./[^/]+$")
	if name:match("%.md$") and is_document then
		return name == "README.md" and "index.html" or name:gsub("%.md$", ".html") .. fragment
	elseif path:match("man/[^/]+%.%d$") then
		return "man-" .. name .. ".html" -- a web server may have all that begins with /seeother answered by the program
	elseif name:match("%.png$") or name:match("%.svg$") then
		return name
	end
	return texts[name]
end

function Link(link)
	if link.classes:includes("permalink") then -- of a manual, to the term that it is in
		return pandoc.Span(link.content, pandoc.Attr(link.target:sub(2)))
	end
	local target = target_of(link.target)
	if not target then
		return link.content
	end
	link.target = target
	return link
end

-- mandoc makes each heading of a manual a link to itself, and each section a heading of the first level.
function Header(header)
	local manual = header.classes:includes("Sh") and 2 or header.classes:includes("Ss") and 3
	if manual then
		header.level = manual
		header.classes = {}
		header.content = pandoc.Inlines(pandoc.utils.stringify(header.content))
	end
	return header
end

function Image(image)
	image.src = target_of(image.src) or image.src
	return image
end

local tables = 0

-- mandoc lays each line of a synopsis out as a table.
local function synopsis(lines)
	local text = pandoc.Inlines({})
	for _, body in ipairs(lines.bodies) do
		for _, row in ipairs(body.body) do
			for _, cell in ipairs(row.cells) do
				text:extend(pandoc.utils.blocks_to_inlines(cell.contents))
				text:insert(pandoc.Space())
			end
		end
	end
	return pandoc.Plain(text)
end

-- A wide table scrolls by itself, also for those who use the keyboard.
function Table(wide)
	if wide.classes:includes("head") or wide.classes:includes("foot") then
		return {} -- of a manual on paper
	end
	if wide.classes:includes("Nm") then
		return synopsis(wide)
	end
	tables = tables + 1
	return pandoc.Div({ wide }, pandoc.Attr("", { "wide" }, { tabindex = "0", role = "region", ["aria-label"] = "Table " .. tables }))
end

function CodeBlock(code)
	code.attributes["tabindex"] = "0"
	return code
end

-- mandoc marks parts of a manual with sections and classes that the site has no use for.
function Div(div)
	if div.classes:includes("manual-text") then
		return div.content
	end
end

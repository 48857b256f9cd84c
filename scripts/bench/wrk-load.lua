--[[
  Sends requests that were written out beforehand, each thread to the next of the ports in turn.

  RINGKV_BENCH_PORTS  ports on 127.0.0.1, separated by spaces
  RINGKV_BENCH_FILE   the requests: ten decimal digits of length, then as many bytes, repeated

  Prints one line of JSON at the end. Times are microseconds.
]]
local ports = {}
for port in string.gmatch(os.getenv("RINGKV_BENCH_PORTS"), "%d+") do
  table.insert(ports, port)
end

local threads = 0
function setup(thread)
  thread.addr = wrk.lookup("127.0.0.1", ports[threads % #ports + 1])[1]
  thread:set("number", threads)
  threads = threads + 1
end

local requests = {}
local at = 0
function init()
  local file = assert(io.open(os.getenv("RINGKV_BENCH_FILE"), "rb"))
  while true do
    local length = file:read(10)
    if length == nil then break end
    table.insert(requests, file:read(tonumber(length)))
  end
  file:close()
  -- Threads begin at different places, or they would ask for the same keys at the same time.
  at = math.floor(#requests * number / #ports) % #requests
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,'
      .. '"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.status, errors.timeout
  ))
end

-- Script for wrk in benchmarks/api.py: requests random customers and prints the results as JSON.
-- Arguments after "--": number of customers, seed, ids per request (1: segment of one customer; more: a batch).

local requests, next_one = {}, 0

local function id(customers)
  return string.format("%06d", math.random(0, customers - 1))
end

local function batch(customers, size)
  local ids = {}
  for i = 1, size do ids[i] = '"' .. id(customers) .. '"' end
  local body = '{"customer_ids": [' .. table.concat(ids, ",") .. ']}'
  return wrk.format("POST", "/v1/customers/lookup", nil, body)
end

function init(args)
  local customers, size = tonumber(args[1]), tonumber(args[3])
  math.randomseed(tonumber(args[2]))
  wrk.headers["Content-Type"] = "application/json"
  for i = 1, size == 1 and 20000 or 50 do  -- made beforehand: what wrk does meanwhile, the server cannot
    requests[i] = size == 1 and wrk.format("GET", "/v1/customers/" .. id(customers) .. "/segment")
      or batch(customers, size)
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"rate": %.1f, "p50": %.3f, "p99": %.3f, "errors": %d}\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end

// Queries and mutations go over HTTP; subscriptions over one WebSocket each (protocol graphql-transport-ws).
// The API key stands in GraphiQL's "Headers" pane and is never stored by this page.
"use strict";

const isSubscription = (params) => {
  const operations = params.query.match(/^\s*(query|mutation|subscription)\b\s*(\w*)/gm) || [];
  const chosen = operations.map((text) => text.trim().split(/\s+/));
  const named = chosen.filter(([, name]) => !params.operationName || name === params.operationName);
  return named.some(([kind]) => kind === "subscription");
};

async function* subscribe(params, headers) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}/graphql/ws`, "graphql-transport-ws");
  const waiting = [];
  let wake = () => {};
  const push = (item) => { waiting.push(item); wake(); };
  socket.onopen = () => socket.send(JSON.stringify({ type: "connection_init", payload: headers }));
  socket.onclose = (event) => push({ end: event.code === 1000 ? null : `${event.code} ${event.reason}` });
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.type === "connection_ack") socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: params }));
    else if (message.type === "ping") socket.send(JSON.stringify({ type: "pong" }));
    else if (message.type === "next") push({ value: message.payload });
    else if (message.type === "error") { push({ value: { errors: message.payload } }); push({ end: null }); }
    else if (message.type === "complete") push({ end: null });
  };
  try {
    for (;;) {
      while (waiting.length === 0) await new Promise((resolve) => { wake = resolve; });
      const item = waiting.shift();
      if ("value" in item) yield item.value;
      else if (item.end) throw new Error(item.end);
      else return;
    }
  } finally {
    socket.close(1000);
  }
}

const fetcher = (params, options) => {
  const headers = (options && options.headers) || {};
  if (isSubscription(params)) return subscribe(params, headers);
  return fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(params),
  }).then((response) => response.json());
};

const start = `# Signed in at /auth/sign-in? There is nothing to do. Otherwise put your
# API key into the Headers pane below: {"x-api-key": "caas_…"}
query Viewer {
  viewer { customerId payers { network address balance } }
  dids(first: 5) { nodes { did phase } }
}
`;

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: start,
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
    defaultEditorToolsVisibility: "headers",
  }),
);

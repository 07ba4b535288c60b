# One image for every process of the system; the command says which (docker-compose.yml has them all).

FROM node:24-slim AS web
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script is needed: the one of the `node` package would only fetch a second Node.
RUN npm ci --ignore-scripts
COPY schema schema
COPY web web
RUN node node_modules/vite/bin/vite.js build web

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node

FROM node:24-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ffmpeg \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY schema schema
COPY platform platform
COPY subgraphs subgraphs
COPY workers workers
COPY gateway gateway
COPY deploy/demo deploy/demo
COPY --from=web /app/web/dist web/dist
USER node
EXPOSE 4000
CMD ["node", "gateway/main.ts"]

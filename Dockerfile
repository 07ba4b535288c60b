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

# The weights of the picture classifier and of the text embeddings, each checked by its SHA-256.
FROM node:24-slim AS models
RUN apt-get update \
  && apt-get install --yes --no-install-recommends python3-pip \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY deploy/image-models.mjs deploy/
COPY deploy/local deploy/local
RUN node deploy/image-models.mjs models

FROM node:24-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ffmpeg \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production \
  NSFW_MODEL_PATH=/app/models/open-nsfw.onnx \
  TEXT_MODEL_PATH=/app/models/model.onnx
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY schema schema
COPY platform platform
COPY subgraphs subgraphs
COPY workers workers
COPY gateway gateway
COPY deploy/demo deploy/demo
COPY bin bin
COPY --from=models /app/models models
COPY --from=web /app/web/dist web/dist
USER node
EXPOSE 4000
CMD ["node", "gateway/main.ts"]

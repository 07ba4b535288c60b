// Lints the SDL alone; TypeScript is Biome's.
import graphql from '@graphql-eslint/eslint-plugin'

export default [
  {
    files: ['schema/*.graphql'],
    ignores: ['schema/supergraph.graphql', 'schema/api.graphql', 'schema/released.graphql'],
    languageOptions: { parser: graphql.parser },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          DirectiveDefinition: true,
          // The owner of an entity describes it and its id; others only extend it.
          ignoredSelectors: [
            'FieldDefinition[name.value=id]',
            `ObjectTypeDefinition[name.value=/^(Query|Mutation|Subscription|User|Viewer|Post|Media|Comment|Notification|Conversation|Message|Collection|App|Story|Highlight|Place|Hashtag)$/]`,
          ],
        },
      ],
      '@graphql-eslint/naming-convention': [
        'error',
        {
          types: 'PascalCase',
          FieldDefinition: 'camelCase',
          InputValueDefinition: 'camelCase',
          Argument: 'camelCase',
          DirectiveDefinition: 'camelCase',
          EnumValueDefinition: 'UPPER_CASE',
        },
      ],
      '@graphql-eslint/require-deprecation-reason': 'error',
      '@graphql-eslint/no-duplicate-fields': 'error',
      '@graphql-eslint/unique-enum-value-names': 'error',
    },
  },
]

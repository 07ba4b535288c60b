// What is not to be said, as data: phrases by kind and language, with how grave they are. A phrase matches whole words, folded.

export type TextReason = 'SPAM' | 'SCAM' | 'HARASSMENT' | 'HATE' | 'VIOLENCE' | 'SELF_HARM'

export interface PhraseList {
  reason: TextReason
  /** Of a match, 1–100: from 20 on it is not suggested, from 50 on moderators look at it. */
  severity: number
  /** By language (ISO 639-1). */
  phrases: Record<string, readonly string[]>
}

export const phraseLists: readonly PhraseList[] = [
  {
    reason: 'SPAM',
    severity: 25,
    phrases: {
      en: [
        'free followers',
        'buy followers',
        'follow for follow',
        'click the link in bio now',
        'cheap likes',
      ],
      de: ['gratis follower', 'follower kaufen', 'jetzt hier klicken und gewinnen', 'billige likes'],
      es: ['seguidores gratis', 'comprar seguidores', 'haz clic y gana', 'likes baratos'],
      fr: ['abonnés gratuits', 'acheter des abonnés', 'cliquez ici et gagnez', 'likes pas chers'],
      pt: ['seguidores grátis', 'comprar seguidores', 'clique aqui e ganhe'],
      ru: ['бесплатные подписчики', 'купить подписчиков', 'нажми и выиграй'],
    },
  },
  {
    reason: 'SCAM',
    severity: 55,
    phrases: {
      en: [
        'guaranteed profit',
        'double your bitcoin',
        'send me your password',
        'verify your wallet',
        'claim your prize now',
        'wire me the money',
      ],
      de: [
        'garantierter gewinn',
        'verdopple deine bitcoin',
        'schick mir dein passwort',
        'gewinn jetzt abholen',
      ],
      es: ['ganancia garantizada', 'duplica tus bitcoin', 'envíame tu contraseña', 'reclama tu premio ahora'],
      fr: ['profit garanti', 'doublez vos bitcoin', 'envoie moi ton mot de passe', 'réclamez votre prix'],
      pt: ['lucro garantido', 'duplique seus bitcoin', 'envie sua senha', 'resgate seu prêmio agora'],
      ru: ['гарантированная прибыль', 'удвой свои биткоины', 'пришли свой пароль', 'забери свой приз'],
    },
  },
  {
    reason: 'HARASSMENT',
    severity: 30,
    phrases: {
      en: ['you are worthless', 'nobody likes you', 'pathetic loser', 'stupid moron', 'ugly pig'],
      de: [
        'du bist wertlos',
        'niemand mag dich',
        'erbärmlicher versager',
        'dummer trottel',
        'hässliches schwein',
      ],
      es: ['no vales nada', 'nadie te quiere', 'patético perdedor', 'estúpido imbécil', 'cerdo asqueroso'],
      fr: ['tu ne vaux rien', 'personne ne t aime', 'pauvre minable', 'espèce de crétin', 'sale porc'],
      pt: ['você não vale nada', 'ninguém gosta de você', 'seu imbecil', 'porco nojento'],
      ru: ['ты ничтожество', 'никто тебя не любит', 'тупой идиот', 'жалкий неудачник'],
    },
  },
  {
    reason: 'HATE',
    severity: 60,
    phrases: {
      en: ['subhuman vermin', 'go back to your country', 'gas them all', 'your kind should not exist'],
      de: [
        'untermenschen',
        'geh zurück in dein land',
        'vergast sie alle',
        'deine sorte sollte es nicht geben',
      ],
      es: ['escoria infrahumana', 'vuelve a tu país', 'los de tu raza sobran'],
      fr: ['sous hommes', 'retourne dans ton pays', 'ta race ne devrait pas exister'],
      pt: ['escória subumana', 'volta para o teu país', 'sua raça não devia existir'],
      ru: ['недочеловеки', 'убирайся в свою страну', 'твой род не должен жить'],
    },
  },
  {
    reason: 'VIOLENCE',
    severity: 70,
    phrases: {
      en: ['i will kill you', 'i will find you and hurt you', 'you are going to die tonight'],
      de: ['ich bringe dich um', 'ich werde dich töten', 'du stirbst heute nacht'],
      es: ['te voy a matar', 'vas a morir esta noche', 'te voy a romper la cara'],
      fr: ['je vais te tuer', 'tu vas mourir ce soir', 'je vais te casser la gueule'],
      pt: ['vou te matar', 'você vai morrer hoje', 'vou quebrar a tua cara'],
      ru: ['я тебя убью', 'ты умрёшь сегодня', 'я тебя найду и покалечу'],
    },
  },
  {
    reason: 'SELF_HARM',
    severity: 80,
    phrases: {
      en: ['kill yourself', 'go hang yourself', 'you should cut yourself'],
      de: ['bring dich um', 'häng dich auf', 'ritz dich doch'],
      es: ['mátate ya', 'cuélgate de una vez', 'córtate las venas'],
      fr: ['va te pendre', 'suicide toi', 'ouvre toi les veines'],
      pt: ['vai se matar', 'enforca te', 'corta os pulsos'],
      ru: ['убей себя', 'иди повесься', 'порежь себе вены'],
    },
  },
]

/** Hosts that hide where a link leads: alone no offence, together with more. */
export const shorteners: ReadonlySet<string> = new Set([
  ...['bit.ly', 'tinyurl.com', 'is.gd', 'cutt.ly', 'rb.gy', 't.ly', 'shorturl.at', 'ow.ly'],
])

/** Endings under which names cost nothing, and that are made for scams more than for anything else. */
export const poorEndings: ReadonlySet<string> = new Set(['tk', 'ml', 'ga', 'cf', 'gq', 'zip', 'mov', 'top'])

/** Names that scams borrow: at the front of somebody else's host they are a trap. */
export const borrowedNames: readonly string[] = ['paypal', 'metamask', 'coinbase', 'binance', 'heliograph']

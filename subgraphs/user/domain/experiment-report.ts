// What an experiment showed: differences to the control with intervals, and whether the split itself can be trusted.
import jStat from 'jstat'

/** What one variant's accounts did, summed up: enough for means and variances. */
export interface MetricSums {
  sum: number
  sumOfSquares: number
}

/** A variant as it was counted. */
export interface VariantCount<M extends string> {
  key: string
  weight: number
  /** Accounts that were exposed. */
  accounts: number
  sums: Record<M, MetricSums>
}

/** A metric of a variant; `difference`, `low` and `high` compare its mean with the control's and are null for the control. */
export interface MetricResult<M extends string> {
  metric: M
  mean: number
  difference: number | null
  low: number | null
  high: number | null
}

/** Below this the split is other than planned, and the figures are not to be trusted. The field's usual bound. */
const sampleRatioAlpha = 0.0005
const confidence = 0.95

/**
 * Whether accounts were split as planned: Pearson's chi-square goodness of fit over the weights
 * (Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD 2019).
 */
export function sampleRatio(variants: readonly { weight: number; accounts: number }[]): {
  chiSquare: number
  pValue: number
  isSuspicious: boolean
} {
  const accounts = variants.reduce((sum, variant) => sum + variant.accounts, 0)
  const weights = variants.reduce((sum, variant) => sum + variant.weight, 0)
  if (accounts === 0 || variants.length < 2) return { chiSquare: 0, pValue: 1, isSuspicious: false }
  const chiSquare = variants.reduce((sum, variant) => {
    const expected = (accounts * variant.weight) / weights
    return sum + (variant.accounts - expected) ** 2 / expected
  }, 0)
  const pValue = 1 - jStat.chisquare.cdf(chiSquare, variants.length - 1)
  return { chiSquare, pValue, isSuspicious: pValue < sampleRatioAlpha }
}

/**
 * Metrics of each variant, compared with the first, the control: difference of means with a 95 % interval by Welch's t
 * (B. L. Welch, Biometrika 34, 1947), which does not presume equal variances.
 */
export function compareVariants<M extends string>(
  metrics: readonly M[],
  variants: readonly VariantCount<M>[],
): { key: string; results: MetricResult<M>[] }[] {
  const [control] = variants
  return variants.map((variant) => ({
    key: variant.key,
    results: metrics.map((metric) => ({
      metric,
      mean: meanOf(variant, metric),
      ...(control && variant !== control
        ? difference(variant, control, metric)
        : { difference: null, low: null, high: null }),
    })),
  }))
}

function difference<M extends string>(variant: VariantCount<M>, control: VariantCount<M>, metric: M) {
  const shift = meanOf(variant, metric) - meanOf(control, metric)
  const [a, b] = [errorOf(variant, metric), errorOf(control, metric)]
  if (a === null || b === null) return { difference: shift, low: null, high: null }
  const error = Math.sqrt(a + b)
  if (error === 0) return { difference: shift, low: shift, high: shift }
  // Welch–Satterthwaite.
  const freedom = (a + b) ** 2 / (a ** 2 / (variant.accounts - 1) + b ** 2 / (control.accounts - 1))
  const margin = jStat.studentt.inv(1 - (1 - confidence) / 2, freedom) * error
  return { difference: shift, low: shift - margin, high: shift + margin }
}

function meanOf<M extends string>({ accounts, sums }: VariantCount<M>, metric: M): number {
  return accounts === 0 ? 0 : sums[metric].sum / accounts
}

/** Variance of the mean; null with fewer than two accounts. */
function errorOf<M extends string>(variant: VariantCount<M>, metric: M): number | null {
  const { accounts, sums } = variant
  if (accounts < 2) return null
  const mean = meanOf(variant, metric)
  return Math.max(0, sums[metric].sumOfSquares - accounts * mean ** 2) / (accounts - 1) / accounts
}

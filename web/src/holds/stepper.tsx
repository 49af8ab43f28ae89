interface StepperProps {
  readonly value: number
  readonly most: number
  readonly label: string
  readonly onChange: (value: number) => void
}

/** A quantity from one to `most`, by buttons or by typing. */
export function Stepper({ value, most, label, onChange }: StepperProps) {
  const set = (next: number) => onChange(Math.min(most, Math.max(1, Number.isInteger(next) ? next : 1)))
  return (
    <div className="stepper" role="group" aria-label={`How many of ${label}`}>
      <button type="button" aria-label="One fewer" aria-disabled={value <= 1} onClick={() => set(value - 1)}>
        −
      </button>
      <input
        type="text"
        inputMode="numeric"
        autoComplete="off"
        aria-label={`Quantity of ${label}, at most ${most}`}
        value={value}
        onChange={(event) => set(Number(event.target.value.replace(/\D/g, '').slice(0, 3)))}
        onFocus={(event) => event.target.select()}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
          event.preventDefault()
          set(value + (event.key === 'ArrowUp' ? 1 : -1))
        }}
      />
      <button type="button" aria-label="One more" aria-disabled={value >= most} onClick={() => set(value + 1)}>
        +
      </button>
    </div>
  )
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type pg from 'pg'
import {
  isPasswordOf,
  makeUser,
  newPassword,
  nobody,
  passwordProblem,
  readUser,
  record,
  setPassword,
  signIn,
  type SignInAsked,
  type SignIns,
  type User,
} from '../../access/access.ts'
import { endedPage, foreignFormPage } from './account-pages.ts'
import { isOwnForm, readForms, show, whenceOf, type AccountsDoor } from './account-requests.ts'
import { aboutOf, readWish, textOf } from './sign-in-form.ts'
import { newPasswordPage, signInPage, signUpPage } from './sign-in-pages.ts'

type Asked = FastifyRequest<{ Params: { uid: string }; Body: URLSearchParams }>

/** What the pages of one sign-in need. */
interface Door extends AccountsDoor {
  readonly signIns: SignIns
}

/** The pages on which people sign in to the embedded issuer: forms without a script. Each sign-in belongs to the browser that has its cookie. */
export function registerSignIn(app: FastifyInstance, door: Door): void {
  readForms(app)
  const schema = { hide: true }
  app.get('/sign-in/:uid', { schema }, (request: Asked, reply) =>
    withSignIn(door, request, reply, (asked) =>
      show(reply, asked.changing === undefined ? signInPage(asked, {}, door) : newPasswordPage(asked, {})),
    ),
  )
  app.post('/sign-in/:uid', { schema }, (request: Asked, reply) =>
    withSignIn(door, request, reply, (asked) =>
      asked.changing === undefined
        ? enter(door, asked, request, reply)
        : changePassword(door, asked.changing, asked, request, reply),
    ),
  )
  if (!door.signUp) return
  app.get('/sign-in/:uid/account', { schema }, (request: Asked, reply) =>
    withSignIn(door, request, reply, (asked) => show(reply, signUpPage(asked, {}))),
  )
  app.post('/sign-in/:uid/account', { schema }, (request: Asked, reply) =>
    withSignIn(door, request, reply, (asked) => signUp(door, asked, request, reply)),
  )
}

type Answer = FastifyReply | Promise<FastifyReply>

async function withSignIn(
  door: Door,
  request: Asked,
  reply: FastifyReply,
  work: (asked: SignInAsked) => Answer,
): Promise<FastifyReply> {
  if (request.method === 'POST' && !isOwnForm(door, request.raw)) return show(reply, foreignFormPage(), 403)
  const asked = await door.signIns.find(request.raw, reply.raw, request.params.uid)
  return asked ? work(asked) : show(reply, endedPage(), 404)
}

/** The same sentence for an address that nobody has and for a wrong password. */
const WRONG = 'That address and that password do not belong together.'

async function enter(door: Door, asked: SignInAsked, request: Asked, reply: FastifyReply): Promise<FastifyReply> {
  const email = textOf(request.body, 'email')
  const found = await signIn(door.pool, email, textOf(request.body, 'password'))
  const again = (problem: string, status: number): FastifyReply =>
    show(reply, signInPage(asked, { email, problem }, door), status)
  switch (found.kind) {
    case 'wrong':
      refused(door, request, 'wrong-password', found.id)
      return again(WRONG, 422)
    case 'locked': {
      refused(door, request, 'locked', found.id)
      const waitMs = Math.max(1_000, found.untilMs - Date.now())
      reply.header('retry-after', String(Math.ceil(waitMs / 1_000)))
      return again(`Too many wrong passwords for that address. Try again in ${minutes(waitMs)}.`, 429)
    }
    case 'in':
      if (!found.user.passwordOnce) return finish(door, found.user, asked, request, reply)
      await door.signIns.mustChange(request.raw, reply.raw, found.user.id)
      return reply.redirect(`/sign-in/${asked.uid}`, 303)
  }
}

function minutes(ms: number): string {
  const count = Math.ceil(ms / 60_000)
  return count === 1 ? 'a minute' : `${count} minutes`
}

function refused({ recorder }: Door, request: Asked, outcome: string, id: string | undefined): void {
  const target = id === undefined ? {} : { target: `user:${id}` }
  recorder.refused(nobody, { operation: 'signIn', outcome, ...target }, whenceOf(request))
}

/** Says who it is, and sends them on. */
async function finish(
  door: Door,
  { id }: User,
  asked: SignInAsked,
  request: Asked,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await recordOf(door.pool, id, { operation: 'signIn', detail: { client: asked.client } }, request)
  return reply.redirect(await door.signIns.finish(request.raw, reply.raw, id), 303)
}

function recordOf(
  pool: pg.Pool,
  id: string,
  deed: { readonly operation: string; readonly detail?: Readonly<Record<string, unknown>> },
  request: Asked,
): Promise<void> {
  const subject = `user:${id}`
  return record(pool, { subject, via: 'none' }, { ...deed, target: subject, outcome: 'done' }, whenceOf(request))
}

async function changePassword(
  door: Door,
  id: string,
  asked: SignInAsked,
  request: Asked,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const user = await readUser(door.pool, id)
  // Whoever has lost their account meanwhile, or has chosen a password in another window, begins once more.
  if (!user?.passwordOnce || user.disabledAt !== undefined) return show(reply, endedPage(), 404)
  const password = textOf(request.body, 'password')
  const wrong =
    passwordProblem(password, aboutOf(user)) ??
    ((await isPasswordOf(door.pool, id, password)) ? 'That is the one that was for one time.' : undefined)
  if (wrong !== undefined) return show(reply, newPasswordPage(asked, { problems: { password: wrong } }), 422)
  await setPassword(door.pool, id, await newPassword(password))
  await recordOf(door.pool, id, { operation: 'changePassword' }, request)
  return finish(door, user, asked, request, reply)
}

async function signUp(door: Door, asked: SignInAsked, request: Asked, reply: FastifyReply): Promise<FastifyReply> {
  const { wish, problems } = readWish(request.body)
  const again = (found: Readonly<Record<string, string>>): FastifyReply =>
    show(reply, signUpPage(asked, { ...wish, problems: found }), 422)
  if (Object.keys(problems).length > 0) return again(problems)
  const { name, email } = wish
  const chosen = await newPassword(wish.password)
  const made = await makeUser(door.pool, { name, email, roles: ['customer'], password: chosen }, door)
  if (made === 'taken') return again({ email: 'There is an account with this address already: sign in with it.' })
  await recordOf(door.pool, made.user.id, { operation: 'signUp' }, request)
  return finish(door, made.user, asked, request, reply)
}
